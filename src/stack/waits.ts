import type Dockerode from 'dockerode';
import type { WaitCondition } from '../model/plan.ts';
import type { ContainerEvents } from './container-events.ts';
import type { EngineClientLike } from './engine-client.ts';
import { hasNoHealthcheck, serviceExited, serviceNotCompleted, serviceUnhealthy } from './errors.ts';
import { tailOf } from './log-tail.ts';

export interface WaitRequest {
  readonly client: EngineClientLike;
  readonly events: ContainerEvents;
  /** Name of the container. */
  readonly name: string;
  readonly service: string;
  readonly condition: WaitCondition;
  readonly signal: AbortSignal;
}

/**
 * A container without a health check is never healthy; that it ended at once says more about what is wrong with it, so
 * it has this long to do so.
 */
const HEALTHLESS_GRACE_MS = 300;

/** What a look at the container says: a text ends the wait well, `undefined` goes on waiting. */
type Look = (state: Dockerode.ContainerInspectInfo) => Promise<string | undefined>;

/**
 * Waits until a container has reached a condition; looks at it when the engine tells of an event, never by the clock.
 * Resolves with the words for how it ended (`healthy in 1.2 s`).
 * @throws {ServiceError} SERVICE_UNHEALTHY, SERVICE_EXITED, SERVICE_NOT_COMPLETED, HEALTHCHECK_MISSING
 */
export async function waitFor(request: WaitRequest): Promise<string> {
  const startedAt = performance.now();
  if (request.condition === 'completed') return waitForCompletion(request);
  const look: Look = async (info) => lookFor(request, info, performance.now() - startedAt);
  return lookAtEachEvent(request, look);
}

async function lookAtEachEvent(request: WaitRequest, look: Look): Promise<string> {
  const { client, events, name, signal } = request;
  let dirty = true;
  let wake: () => void = () => undefined;
  const leave = await events.listen((event) => {
    if (event.name !== name) return;
    dirty = true;
    wake();
  });
  const broken = events.broken();
  broken.catch(() => undefined);
  // For what is decided by the time that has passed, and of which no event tells.
  const grace = setTimeout(() => {
    dirty = true;
    wake();
  }, HEALTHLESS_GRACE_MS + 1);
  const aborted = rejectionOf(signal);
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      if (!dirty) await Promise.race([woken, broken, aborted.promise]);
      dirty = false;
      const found = await look(await client.getContainer(name).inspect());
      if (found !== undefined) return found;
      signal.throwIfAborted();
    }
  } finally {
    clearTimeout(grace);
    aborted.forget();
    leave();
  }
}

async function lookFor(
  request: WaitRequest,
  info: Dockerode.ContainerInspectInfo,
  elapsedMs: number,
): Promise<string | undefined> {
  const { State: state } = info;
  const health = state.Health && state.Health.Status !== 'none' ? state.Health : undefined;
  if (state.Restarting) return undefined;
  if (!state.Running) {
    const isDone = request.condition === 'running' && state.Status === 'exited' && state.ExitCode === 0;
    if (isDone && restartName(info) === 'no') return 'done, exit 0';
    throw serviceExited({ ...request, info, logTail: await tailOf(request.client, request.name) });
  }
  if (!health) {
    if (request.condition !== 'healthy') return 'running';
    if (elapsedMs < HEALTHLESS_GRACE_MS) return undefined;
    throw hasNoHealthcheck(request);
  }
  if (health.Status === 'healthy') return `healthy in ${seconds(elapsedMs)}`;
  if (health.Status !== 'unhealthy') return undefined;
  throw serviceUnhealthy({
    ...request,
    info,
    elapsedMs,
    logTail: await tailOf(request.client, request.name),
  });
}

async function waitForCompletion(request: WaitRequest): Promise<string> {
  const { client, name, signal } = request;
  const { StatusCode: exitCode } = await client
    .getContainer(name)
    .wait({ condition: 'not-running', abortSignal: signal });
  if (exitCode === 0) return 'done, exit 0';
  throw serviceNotCompleted({ ...request, exitCode, logTail: await tailOf(client, name) });
}

function restartName(info: Dockerode.ContainerInspectInfo): string {
  const name = info.HostConfig.RestartPolicy?.Name ?? '';
  return name === '' ? 'no' : name;
}

export function seconds(ms: number): string {
  return ms < 995 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function rejectionOf(signal: AbortSignal): { promise: Promise<never>; forget: () => void } {
  let onAbort: () => void = () => undefined;
  const promise = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  promise.catch(() => undefined);
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) };
}
