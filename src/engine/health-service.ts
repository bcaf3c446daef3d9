import { probeByEngine } from '../container/engine-probe.ts';
import { HealthMonitor, type HealthMonitorOptions } from '../container/health.ts';
import { probeInContainer } from '../container/health-probe.ts';
import { healthSettingsFor, STARTING } from '../container/health-state.ts';
import { diagnose } from '../host/diagnostics.ts';
import type { ContainerRecord, HealthState } from '../model/container.ts';
import { saveLive } from './core.ts';
import type { Core } from './core.ts';
import { publishContainerEvent } from './engine-events.ts';
import { zoneEndpointsOf } from './zone-endpoints.ts';

/** What `x-restart-on-unhealthy` of a service becomes. */
const RESTART_LABEL = 'berth.restart-on-unhealthy';

/** Health checks: one monitor for each running container that has one. */
export class HealthService {
  readonly #core: Core;
  readonly #monitors = new Map<string, HealthMonitor>();

  #onUnhealthy: (id: string) => Promise<void> = () => Promise.resolve();

  constructor(core: Core) {
    this.#core = core;
  }

  /** `work` is done when a container has become unhealthy whose label asks for a restart then. */
  onUnhealthy(work: (id: string) => Promise<void>): void {
    this.#onUnhealthy = work;
  }

  /** A container has started: its health begins anew. */
  begin(container: ContainerRecord): void {
    this.#watch(container, undefined);
  }

  /** A container of an earlier engine goes on: so does its health. */
  resume(container: ContainerRecord): void {
    this.#watch(container, container.state.health);
  }

  stop(id: string): void {
    this.#monitors.get(id)?.stop();
    this.#monitors.delete(id);
  }

  stopAll(): void {
    for (const id of [...this.#monitors.keys()]) this.stop(id);
  }

  #watch(container: ContainerRecord, initial: HealthState | undefined): void {
    const { id } = container;
    this.stop(id);
    const shell = this.#core.images.find(container.imageId)?.config.shell;
    const settings = healthSettingsFor(container.process.healthcheck, shell);
    if (!settings) return;
    this.#core.state.update(id, { health: initial ?? STARTING });
    const monitor = new HealthMonitor({
      settings,
      startedAtMs: Date.parse(container.state.startedAt),
      initial,
      probe: settings.byEngine ? this.#engineProbe(id, initial) : this.#commandProbe(container),
      onProbe: (state, changed) => this.#probed(id, state, changed),
    });
    this.#monitors.set(id, monitor);
    monitor.start();
    this.#announce(id);
  }

  #commandProbe(container: ContainerRecord): HealthMonitorOptions['probe'] {
    return async (argv, signal) => {
      const driver = await this.#core.driver();
      return probeInContainer({ driver, container }, argv, signal);
    };
  }

  /** A log that had its line in this run has it for good. */
  #engineProbe(id: string, initial: HealthState | undefined): HealthMonitorOptions['probe'] {
    const { state, records } = this.#core;
    let seen = initial?.log.findLast(({ exitCode }) => exitCode === 0);
    return async (argv, signal) => {
      if (argv[0] === 'LOG' && seen) return { exitCode: 0, output: seen.output };
      const container = state.findContainer(id);
      const about = {
        netns: `/proc/${container.state.pid}/ns/net`,
        addresses: container.endpoints.map(({ ipv4Address }) => ipv4Address).filter((one) => one !== ''),
        logPath: `${records.containerFolder(id)}/ctr.log`,
        afterNs: BigInt(Date.parse(container.state.finishedAt) + 1) * 1_000_000n,
      };
      const outcome = await probeByEngine(argv, about, signal);
      if (outcome.exitCode === 0) seen = { ...outcome, start: '', end: '' };
      return outcome;
    };
  }

  #probed(id: string, health: HealthState, changed: boolean): void {
    if (!this.#monitors.has(id)) return;
    const container = this.#core.state.update(id, { health });
    saveLive(this.#core, id);
    this.#tell(container, health);
    if (!changed) return;
    this.#announce(id);
    publishContainerEvent(this.#core, container, `health_status: ${health.status}`);
    this.#core.changes.publish(id);
    if (health.status !== 'unhealthy' || container.process.labels[RESTART_LABEL] !== 'true') return;
    this.#onUnhealthy(id).catch((error: unknown) => {
      diagnose(`restart of ${container.spec.name}, which is unhealthy`, error);
    });
  }

  /** Its names may depend on its health. */
  #announce(id: string): void {
    const { state, zone } = this.#core;
    if (!state.live.has(id)) return;
    for (const endpoint of zoneEndpointsOf(state, state.findContainer(id))) zone.setEndpoint(endpoint);
  }

  /** For the task list of whoever waits: how the last probe went. */
  #tell(container: ContainerRecord, health: HealthState): void {
    const last = health.log.at(-1);
    if (!last || (health.status === 'healthy' && health.log.length > 1 && health.log.at(-2)?.exitCode === 0))
      return;
    const retries = container.process.healthcheck?.retries ?? 0;
    const count =
      health.failingStreak > 0 ? ` ${String(health.failingStreak)} of ${String(retries || 3)}` : '';
    const words = last.output.trim().split('\n').at(-1) ?? '';
    this.#core.progress.publish({
      type: 'step',
      object: 'container',
      name: container.spec.name,
      operation: 'start',
      step: 'probe',
      title:
        last.exitCode === 0 ? 'probe: well' : `probe${count}: ${words || `exit ${String(last.exitCode)}`}`,
      status: 'done',
      durationMs: Date.parse(last.end) - Date.parse(last.start),
    });
  }
}
