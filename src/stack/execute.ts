import type Dockerode from 'dockerode';
import type { Project } from '../model/compose.ts';
import type { Operation, Plan } from '../model/plan.ts';
import type { ProgressEvent } from '../model/progress.ts';
import type { BuildRequest } from '../model/build.ts';
import type { Provided } from '../client/provider-program.ts';
import { buildImage } from './build-image.ts';
import type { ContainerEvents } from './container-events.ts';
import { statusOf, type ContainerHandle, type EngineClientLike } from './engine-client.ts';
import { handOver } from './hand-over.ts';
import { pullImage, withImageId } from './pull-image.ts';
import { execHook, runInitContainer } from './hooks.ts';
import { runProvider } from './providers.ts';
import { waitFor } from './waits.ts';

export interface ExecuteContext {
  readonly client: EngineClientLike;
  readonly events: ContainerEvents;
  readonly emit: (event: ProgressEvent) => void;
  /** No operation begins after it aborts, and waits end. */
  readonly signal: AbortSignal;
  /** Where the contents of secrets and configs come from. */
  readonly project?: Project | undefined;
  /** Where the variables go that providers set. */
  readonly provided?: Map<string, Provided> | undefined;
  /** Image name → id, of what this walk has fetched or built. */
  readonly built: Map<string, string>;
}

export interface Failure {
  readonly operation: Operation;
  readonly error: unknown;
}

export interface Execution {
  readonly done: readonly Operation[];
  readonly failures: readonly Failure[];
  readonly skipped: readonly Operation[];
}

/** Requests in flight at once. The engine itself bounds what costs: starts of the runtime. */
const REQUESTS_MAX = 64;

/** Walks the plan, as wide as its edges allow. Decides nothing: an operation whose needs failed is skipped. */
export function execute(plan: Plan, context: Omit<ExecuteContext, 'built'>): Promise<Execution> {
  return new Walk(plan, { ...context, built: new Map() }).run();
}

type Status = 'pending' | 'running' | 'done' | 'failed' | 'skipped';

class Walk {
  readonly #context: ExecuteContext;
  readonly #operations: readonly Operation[];
  readonly #status = new Map<number, Status>();
  readonly #failures: Failure[] = [];
  readonly #requestsMax: number;
  #requests = 0;
  #resolve: (execution: Execution) => void = () => undefined;

  constructor(plan: Plan, context: ExecuteContext) {
    this.#context = context;
    this.#operations = plan.operations;
    const { operationsMax = 0 } = context.client;
    this.#requestsMax = operationsMax > 0 ? Math.min(operationsMax, REQUESTS_MAX) : REQUESTS_MAX;
    for (const { id } of plan.operations) this.#status.set(id, 'pending');
  }

  run(): Promise<Execution> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      for (const operation of this.#operations) this.#announceWait(operation);
      this.#advance();
    });
  }

  /** Starts everything that can start. Skips come in plan order, so one pass settles them. */
  #advance(): void {
    for (const operation of this.#operations) {
      if (this.#status.get(operation.id) !== 'pending') continue;
      if (this.#mustSkip(operation)) this.#settle(operation, 'skipped');
      else if (this.#mayStart(operation)) void this.#start(operation);
    }
    const isOver = [...this.#status.values()].every((status) => status !== 'pending' && status !== 'running');
    if (isOver) this.#finish();
  }

  #finish(): void {
    const those = (wanted: Status) => this.#operations.filter(({ id }) => this.#status.get(id) === wanted);
    this.#resolve({ done: those('done'), failures: this.#failures, skipped: those('skipped') });
  }

  #mustSkip(operation: Operation): boolean {
    if (this.#context.signal.aborted) return true;
    return operation.needs.some((id) => ['failed', 'skipped'].includes(this.#status.get(id) ?? ''));
  }

  #mayStart(operation: Operation): boolean {
    if (this.#requests >= this.#requestsMax && operation.detail.kind !== 'wait-container') return false;
    const isOver = (id: number) => !['pending', 'running'].includes(this.#status.get(id) ?? '');
    return (
      operation.needs.every((id) => this.#status.get(id) === 'done') && (operation.after ?? []).every(isOver)
    );
  }

  async #start(operation: Operation): Promise<void> {
    const isRequest = operation.detail.kind !== 'wait-container';
    this.#status.set(operation.id, 'running');
    if (isRequest) this.#requests += 1;
    const startedAt = performance.now();
    this.#emit(operation, 'started', startText(operation));
    try {
      const text = await perform(operation, this.#context);
      const durationMs = performance.now() - startedAt;
      this.#context.emit({ ...described(operation), status: 'done', text, durationMs });
      this.#status.set(operation.id, 'done');
    } catch (error) {
      this.#failures.push({ operation, error });
      const message = error instanceof Error ? error.message : String(error);
      const durationMs = performance.now() - startedAt;
      this.#context.emit({
        ...described(operation),
        status: 'failed',
        text: message,
        error: message,
        durationMs,
      });
      this.#status.set(operation.id, 'failed');
    }
    if (isRequest) this.#requests -= 1;
    this.#advance();
  }

  #settle(operation: Operation, status: 'skipped'): void {
    this.#status.set(operation.id, status);
    this.#emit(operation, status, skipText(operation));
  }

  #announceWait(operation: Operation): void {
    if (operation.detail.kind !== 'start-container') return;
    const needed = [...operation.needs, ...(operation.after ?? [])];
    const awaited = this.#operations.filter(
      ({ id, resource }) => needed.includes(id) && resource.key !== operation.resource.key,
    );
    const texts = awaited.map(({ resource, detail }) =>
      detail.kind === 'wait-container' ? `${resource.key}: ${detail.condition}` : resource.key,
    );
    if (texts.length > 0) this.#emit(operation, 'waiting', `waiting for ${[...new Set(texts)].join(', ')}`);
  }

  #emit(operation: Operation, status: 'waiting' | 'started' | 'skipped', text: string): void {
    this.#context.emit({ ...described(operation), status, text });
  }
}

function described(operation: Operation) {
  return {
    type: 'operation',
    id: operation.id,
    resource: operation.resource,
    kind: operation.detail.kind,
  } as const;
}

const startTexts: Record<Operation['detail']['kind'], string> = {
  'pull-image': 'pulling',
  'build-image': 'building',
  'remove-image': 'removing',
  'create-network': 'creating',
  'remove-network': 'removing',
  'create-volume': 'creating',
  'remove-volume': 'removing',
  'create-container': 'creating',
  'rename-container': 'renaming',
  'connect-network': 'joining its network',
  'start-container': 'starting',
  'stop-container': 'stopping',
  'remove-container': 'removing',
  'wait-container': 'waiting',
  'run-hook': 'running pre_start',
  'exec-hook': 'running its hook',
  'run-provider': 'asking its provider',
};

function startText(operation: Operation): string {
  const { detail } = operation;
  if (detail.kind === 'wait-container') return `waiting until ${detail.condition}`;
  return startTexts[detail.kind];
}

function skipText(operation: Operation): string {
  const { kind } = operation.detail;
  if (kind === 'start-container') return 'not started';
  if (kind === 'run-hook' || kind === 'exec-hook') return 'hook not run';
  return kind === 'wait-container' ? 'not waited for' : 'not done';
}

async function createNetwork(name: string, body: object, context: ExecuteContext): Promise<string> {
  const { warning = '' } = await context.client.createNetwork(body as Dockerode.NetworkCreateOptions);
  for (const line of warning.split('\n').filter((text) => text !== ''))
    context.emit({ type: 'note', level: 'warning', text: `network ${name}: ${line}` });
  return 'created';
}

async function createContainer(service: string, body: object, context: ExecuteContext): Promise<string> {
  const { id, warnings = [] } = await context.client.createContainer(withImageId(body, context.built));
  for (const text of warnings) context.emit({ type: 'note', level: 'warning', text });
  await handOver(context, { service, container: id, when: 'made' });
  return 'created';
}

/** Resolves with the words for what was done. */
async function perform(operation: Operation, context: ExecuteContext): Promise<string> {
  const { client } = context;
  const { detail, resource } = operation;
  const container = () => client.getContainer(resource.name);
  switch (detail.kind) {
    case 'pull-image':
      return pullImage(operation, detail.platform, context);
    case 'build-image':
      return buildImage(operation, detail.body as BuildRequest, context);
    case 'remove-image':
      await tolerating([404], client.getImage(resource.name).remove());
      return 'removed';
    case 'create-network':
      return createNetwork(resource.name, detail.body, context);
    case 'remove-network':
      await tolerating([404], client.getNetwork(resource.name).remove());
      return 'removed';
    case 'create-volume':
      await client.createVolume(detail.body);
      return 'created';
    case 'remove-volume':
      await tolerating([404], client.getVolume(resource.name).remove());
      return 'removed';
    case 'create-container':
      return createContainer(resource.key, detail.body, context);
    case 'rename-container':
      await container().rename({ name: detail.to });
      return 'renamed';
    case 'connect-network':
      await client
        .getNetwork(detail.network)
        .connect({ Container: resource.name, EndpointConfig: detail.endpoint });
      return `on ${detail.network}`;
    case 'start-container':
      await handOver(context, { service: resource.key, container: resource.name, when: 'missing' });
      await tolerating([304], container().start());
      return 'started';
    case 'stop-container':
      return stopContainer(resource.name, detail.timeoutSeconds, context);
    case 'remove-container':
      await tolerating([404], container().remove({ v: detail.volumes }));
      return 'removed';
    case 'run-hook':
      return runInitContainer(context, { service: resource.key, ...detail });
    case 'exec-hook':
      return execHook(context, { name: resource.name, service: resource.key, ...detail });
    case 'run-provider':
      return runProvider(context, resource.key, detail.command);
    case 'wait-container':
      return waitFor({ ...context, name: resource.name, service: resource.key, condition: detail.condition });
  }
}

/** A stop that has taken its whole time is explained: hardly anybody knows what they wait for. */
async function stopContainer(
  name: string,
  timeoutSeconds: number | undefined,
  { client, emit }: ExecuteContext,
): Promise<string> {
  const container = client.getContainer(name);
  const startedAt = performance.now();
  await tolerating([304, 404], container.stop(timeoutSeconds === undefined ? {} : { t: timeoutSeconds }));
  const tookMs = performance.now() - startedAt;
  if (tookMs < SLOW_STOP_MS) return 'stopped';
  const killed = await wasKilled(container);
  if (!killed) return 'stopped';
  const text =
    `${name} ignored its stop signal for ${String(Math.round(tookMs / 1000))} s and was killed: as process 1 a program ` +
    'gets only the signals that it handles; write `init: true`, let a shell `exec` it, or set `stop_signal`';
  emit({ type: 'note', level: 'info', text });
  return 'killed';
}

const SLOW_STOP_MS = 900;
const SIGKILL_EXIT = 137;

async function wasKilled(container: ContainerHandle): Promise<boolean> {
  try {
    const { State } = await container.inspect();
    return State.ExitCode === SIGKILL_EXIT && !State.OOMKilled;
  } catch {
    return false;
  }
}

/** Lets pass the answers that say that the thing is already as it is wanted. */
async function tolerating(statuses: readonly number[], request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!statuses.includes(statusOf(error))) throw error;
  }
}
