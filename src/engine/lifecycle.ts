import type { ContainerRecord, RestartPolicy } from '../model/container.ts';
import { BerthError, EngineError } from '../model/errors.ts';
import type { ZoneTable } from '../dns/zone.ts';
import type { ContainerExit } from '../container/exit-file.ts';
import { diagnose } from '../host/diagnostics.ts';
import { exitCodeForStartError } from '../container/start-errors.ts';
import { decideRestart, type RestartDecision } from '../container/restart.ts';
import { applyFirewall, contextFor, execute, executeAll, saveLive } from './core.ts';
import type { Core } from './core.ts';
import { publishAttachments, publishContainerEvent, publishVolumeUses } from './engine-events.ts';
import type { HealthService } from './health-service.ts';
import {
  finishContainerSteps,
  startContainerSteps,
  stopContainerSteps,
} from './operations/container-steps.ts';
import { pauseContainer, unpauseContainer } from './pausing.ts';
import { refreshEndpoints } from './refresh-endpoints.ts';
import { signalNumber } from './signals.ts';
import { timeText } from './time.ts';
import { until } from './until.ts';
import { zoneEndpointsOf } from './zone-endpoints.ts';

const DEFAULT_STOP_SECONDS = 10;
const SIGKILL = 9;
const ALWAYS: RestartPolicy = { name: 'always', maximumRetryCount: 0 };

/** The running life of containers: start, stop, the end of their processes, restart policies. */
export class Lifecycle {
  readonly #core: Core;
  readonly #health: HealthService;
  readonly #ends = new Map<string, ContainerExit>();
  /** Container → what takes its pending start back. */
  readonly #restarts = new Map<string, () => void>();
  readonly #lastDelays = new Map<string, number>();
  #beforeStart: (container: ContainerRecord) => Promise<void> = () => Promise.resolve();
  #afterEnd: (id: string) => Promise<void> = () => Promise.resolve();

  constructor(core: Core, health: HealthService) {
    this.#core = core;
    this.#health = health;
  }

  /** `work` is done before each start, when the container's endpoints are known. */
  beforeStart(work: (container: ContainerRecord) => Promise<void>): void {
    this.#beforeStart = work;
  }

  /** `work` is done after each end and each failed start, when nothing of the run is left. */
  afterEnd(work: (id: string) => Promise<void>): void {
    this.#afterEnd = work;
  }

  /** Containers that wait for their next start: the engine stays for them. */
  get pendingRestarts(): number {
    return this.#restarts.size;
  }

  async start(idOrName: string): Promise<'started' | 'already'> {
    const { id } = this.#core.state.findContainer(idOrName);
    return this.#core.locks
      .run(id, async () => {
        const container = this.#core.state.findContainer(id);
        if (container.state.status === 'running') return 'already';
        if (container.state.status === 'paused') {
          throw new EngineError(
            409,
            'CONTAINER_PAUSED',
            'cannot start a paused container, try unpause instead',
          );
        }
        this.#cancelRestart(id);
        this.#lastDelays.delete(id);
        this.#core.state.update(id, { restartCount: 0, stoppedByUser: false });
        await this.#startLocked(id);
        return 'started' as const;
      })
      .catch(async (error: unknown) => {
        if (this.#core.state.containers.get(id)?.state.error) await this.#afterEnd(id);
        throw error;
      });
  }

  async stop(
    idOrName: string,
    options: { timeoutSeconds?: number; signal?: string },
  ): Promise<'stopped' | 'already'> {
    const { id } = this.#core.state.findContainer(idOrName);
    return this.#core.locks.run(id, async () => {
      const container = this.#core.state.findContainer(id);
      this.#core.state.update(id, { stoppedByUser: true });
      if (this.#cancelRestart(id)) {
        this.#core.state.update(id, { status: 'exited' });
        saveLive(this.#core, id);
        return 'stopped';
      }
      if (!isAlive(container)) return 'already';
      await this.stopLocked(container, stopOptions(container, options));
      return 'stopped';
    });
  }

  async restart(idOrName: string, options: { timeoutSeconds?: number; signal?: string }): Promise<void> {
    const { id } = this.#core.state.findContainer(idOrName);
    await this.#core.locks.run(id, async () => {
      const container = this.#core.state.findContainer(id);
      this.#cancelRestart(id);
      this.#core.state.update(id, { stoppedByUser: true });
      if (isAlive(container)) await this.stopLocked(container, stopOptions(container, options));
      this.#core.state.update(id, { stoppedByUser: false });
      await this.#startLocked(id);
      publishContainerEvent(this.#core, this.#core.state.findContainer(id), 'restart');
    });
  }

  async kill(idOrName: string, signal: string): Promise<void> {
    const container = this.#core.state.findContainer(idOrName);
    if (container.state.status === 'restarting' && (await this.#giveUpRestart(container.id))) return;
    if (!isAlive(container)) {
      const text = `Cannot kill container: ${idOrName}: Container ${container.id} is not running`;
      throw new EngineError(409, 'CONTAINER_NOT_RUNNING', text);
    }
    const number = signalNumber(signal);
    const fatal = number === SIGKILL;
    const asked = fatal || number === signalNumber(container.process.stopSignal || 'SIGTERM');
    if (asked) this.#core.state.update(container.id, { stoppedByUser: true });
    (await this.#core.driver()).signal(container.id, number);
    publishContainerEvent(this.#core, container, 'kill', { signal: String(number) });
    const { id } = container;
    const reached = (): boolean => !isAlive(this.#core.state.findContainer(id));
    if (fatal) await until(this.#core.changes, { id, reached });
  }

  /** True when it waited for its next start: there is no process, and now there will be none. */
  async #giveUpRestart(id: string): Promise<boolean> {
    return this.#core.locks.run(id, () => {
      if (!this.#cancelRestart(id)) return Promise.resolve(false);
      this.#core.state.update(id, { status: 'exited', stoppedByUser: true });
      saveLive(this.#core, id);
      this.#core.changes.publish(id);
      return Promise.resolve(true);
    });
  }

  /** Stops and finishes a running container whose lock the caller holds. */
  async stopLocked(
    container: ContainerRecord,
    options: { signal: string; timeoutMs: number; isRemoval?: boolean },
  ): Promise<void> {
    if (container.state.status === 'paused') await (await this.#core.driver()).unpause(container.id);
    const of = { operation: 'stop', object: 'container', name: container.spec.name } as const;
    const all = stopContainerSteps(contextFor(this.#core), container, options);
    const untilEnd = all.slice(0, 2);
    publishContainerEvent(this.#core, container, 'kill', { signal: String(signalNumber(options.signal)) });
    await execute(this.#core, of, untilEnd);
    await this.#finishLocked(container.id);
    if (options.isRemoval === true) return;
    publishContainerEvent(this.#core, this.#core.state.findContainer(container.id), 'stop');
  }

  /** The watcher of exits reports that a process ended. */
  processEnded(id: string, end: ContainerExit): void {
    if (!this.#core.state.containers.has(id)) return;
    this.#ends.set(id, end);
    this.#core.changes.publish(id);
    void this.#core.locks
      .run(id, () => this.#finishLocked(id))
      .then(() => this.#afterEnd(id))
      .catch((error: unknown) => {
        diagnose(`end of container ${id}`, error);
      });
  }

  /** Resolves true when the process has ended, false after `timeoutMs`; -1 waits for ever. */
  async awaitEnd(id: string, timeoutMs: number): Promise<boolean> {
    const reached = (): boolean => this.#ends.has(id) || !this.#core.state.live.has(id);
    return until(this.#core.changes, { id, reached, timeoutMs });
  }

  /** Waits as `POST /containers/{id}/wait` does and resolves with the exit code. */
  async wait(idOrName: string, condition: string, signal: AbortSignal): Promise<number> {
    const { state } = this.#core;
    const first = state.findContainer(idOrName);
    const { id } = first;
    const begunAt = first.state.startedAt;
    let code = first.state.exitCode;
    const reached = (): boolean => {
      const now = state.containers.get(id);
      if (!now) return true;
      code = now.state.exitCode;
      if (condition === 'removed') return false;
      // The end of the run that was seen counts, even when a restart policy was quicker than we.
      const ended = isAlive(first) && (!isAlive(now) || now.state.startedAt !== begunAt);
      if (ended) return true;
      if (isAlive(now)) return false;
      if (condition === 'next-exit') return now.state.startedAt !== begunAt;
      return now.state.status !== 'restarting';
    };
    await until(this.#core.changes, { id, reached, signal });
    return code;
  }

  pause(idOrName: string): Promise<void> {
    return pauseContainer(this.#core, idOrName);
  }

  unpause(idOrName: string): Promise<void> {
    return unpauseContainer(this.#core, idOrName);
  }

  /** Takes up a container that an earlier engine left running. */
  resume(container: ContainerRecord): void {
    this.#core.state.live.add(container.id);
    this.announceNames(container, this.#core.zone);
    this.#health.resume(container);
  }

  /** Starts a container again after a delay, unless it is stopped or removed before. */
  restartSoon(id: string, delayMs = 0): void {
    this.#core.state.update(id, { status: 'restarting' });
    saveLive(this.#core, id);
    const timer = setTimeout(() => void this.#restartNow(id), delayMs);
    this.#restarts.set(id, () => clearTimeout(timer));
  }

  /** The same, as soon as `isReady` holds; it is asked again at each change of a container. */
  restartWhen(id: string, isReady: () => boolean): void {
    if (isReady()) {
      this.restartSoon(id);
      return;
    }
    this.#core.state.update(id, { status: 'restarting' });
    saveLive(this.#core, id);
    const leave = this.#core.changes.listen(() => {
      if (!isReady()) return;
      leave();
      this.restartSoon(id);
    });
    this.#restarts.set(id, leave);
  }

  /** Stops a container whose health check has failed for good, and starts it again. */
  async restartUnhealthy(id: string): Promise<void> {
    await this.#core.locks.run(id, async () => {
      const container = this.#core.state.containers.get(id);
      if (container?.state.status !== 'running' || container.state.health?.status !== 'unhealthy') return;
      const ranMs = Date.now() - Date.parse(container.state.startedAt);
      await this.stopLocked(container, stopOptions(container, {}));
      if (!this.#restarts.has(id)) this.#restartByPolicy(container, { policy: ALWAYS, exitCode: 0, ranMs });
    });
  }

  /** Gives the container's names to its networks. */
  announceNames(container: ContainerRecord, zone: ZoneTable): void {
    for (const endpoint of zoneEndpointsOf(this.#core.state, container)) zone.setEndpoint(endpoint);
  }

  /** Drops what is kept in memory of a container that goes. */
  forget(id: string): void {
    this.#cancelRestart(id);
    this.#ends.delete(id);
    this.#lastDelays.delete(id);
    this.#health.stop(id);
  }

  async #startLocked(id: string): Promise<void> {
    const { state, zone } = this.#core;
    try {
      const container = await refreshEndpoints(this.#core, state.findContainer(id));
      await this.#beforeStart(container);
      this.#ends.delete(id);
      this.#core.exits.forget(id);
      state.live.add(id);
      this.announceNames(container, zone);
      const of = { operation: 'start', object: 'container', name: container.spec.name } as const;
      await execute(this.#core, of, startContainerSteps(contextFor(this.#core), container));
    } catch (error) {
      await this.#startFailed(id, error);
      throw error;
    }
    const running = state.findContainer(id);
    publishVolumeUses(this.#core, running, 'mount');
    publishAttachments(this.#core, running, 'connect');
    publishContainerEvent(this.#core, running, 'start');
    this.#health.begin(running);
    this.#core.changes.publish(id);
  }

  async #startFailed(id: string, error: unknown): Promise<void> {
    const { state, zone } = this.#core;
    state.live.delete(id);
    zone.removeContainer(id);
    const exitCode = exitCodeForStartError(error instanceof BerthError ? error.code : '');
    const text = error instanceof Error ? error.message : String(error);
    const failed = state.update(id, { status: 'created', pid: 0, exitCode, error: text });
    state.replace({ ...failed, publishedPorts: [] });
    saveLive(this.#core, id);
    if (failed.spec.ports.length > 0) await applyFirewall(this.#core);
    this.#core.changes.publish(id);
  }

  /** After the end of a process: frees what only a running container holds, then asks its restart policy. */
  async #finishLocked(id: string): Promise<void> {
    const { state, zone } = this.#core;
    const container = state.containers.get(id);
    const end = this.#ends.get(id);
    if (!container || !end || !state.live.has(id)) return;
    this.#ends.delete(id);
    this.#health.stop(id);
    state.live.delete(id);
    zone.removeContainer(id);
    const decision = this.#decideRestart(container, {
      policy: container.spec.restartPolicy,
      exitCode: end.exitCode,
      ranMs: Number(end.finishedNs / 1_000_000n) - Date.parse(container.state.startedAt),
    });
    const ended = state.update(id, {
      // In one step: nobody must take it for ended meanwhile.
      status: decision.restart ? 'restarting' : 'exited',
      pid: 0,
      exitCode: end.exitCode,
      oomKilled: end.oomKilled,
      finishedAt: timeText(end.finishedNs),
    });
    const of = { operation: 'stop', object: 'container', name: container.spec.name } as const;
    const failures = await executeAll(this.#core, of, finishContainerSteps(contextFor(this.#core), ended));
    for (const failure of failures) diagnose(`after the end of ${container.spec.name}`, failure);
    state.replace({ ...state.findContainer(id), publishedPorts: [] });
    publishAttachments(this.#core, ended, 'disconnect');
    if (end.oomKilled) publishContainerEvent(this.#core, ended, 'oom');
    publishContainerEvent(this.#core, ended, 'die', { exitCode: String(end.exitCode) });
    publishVolumeUses(this.#core, ended, 'unmount');
    this.#followDecision(id, decision);
    this.#core.changes.publish(id);
  }

  #restartByPolicy(container: ContainerRecord, run: RunUnderPolicy): void {
    this.#followDecision(container.id, this.#decideRestart(container, run));
  }

  #decideRestart({ id, state }: ContainerRecord, run: RunUnderPolicy): RestartDecision {
    const { restartCount, stoppedByUser } = state;
    const lastDelayMs = this.#lastDelays.get(id) ?? 0;
    return decideRestart({ ...run, restartCount, stoppedByUser, lastDelayMs });
  }

  #followDecision(id: string, decision: RestartDecision): void {
    if (!decision.restart) return;
    this.#core.state.update(id, { restartCount: decision.restartCount });
    this.#lastDelays.set(id, decision.delayMs);
    this.restartSoon(id, decision.delayMs);
  }

  async #restartNow(id: string): Promise<void> {
    this.#restarts.delete(id);
    try {
      await this.#core.locks.run(id, async () => {
        const container = this.#core.state.containers.get(id);
        if (container?.state.status === 'restarting') await this.#startLocked(id);
      });
    } catch (error) {
      diagnose(`restart of container ${id}`, error);
    }
  }

  #cancelRestart(id: string): boolean {
    const pending = this.#restarts.get(id);
    if (!pending) return false;
    pending();
    return this.#restarts.delete(id);
  }
}

interface RunUnderPolicy {
  readonly policy: RestartPolicy;
  readonly exitCode: number;
  readonly ranMs: number;
}

export function isAlive(container: ContainerRecord): boolean {
  return container.state.status === 'running' || container.state.status === 'paused';
}

function stopOptions(
  container: ContainerRecord,
  options: { timeoutSeconds?: number; signal?: string },
): { signal: string; timeoutMs: number } {
  const seconds = options.timeoutSeconds ?? container.spec.stopTimeoutSeconds ?? DEFAULT_STOP_SECONDS;
  return {
    signal: options.signal ?? (container.process.stopSignal || 'SIGTERM'),
    timeoutMs: seconds < 0 ? -1 : seconds * 1000,
  };
}
