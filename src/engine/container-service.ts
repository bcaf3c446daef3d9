import type { ContainerRecord, ContainerSpec } from '../model/container.ts';
import { EngineError, TeardownError } from '../model/errors.ts';
import { contextFor, execute, executeAll } from './core.ts';
import { unattainable } from '../container/asked-limits.ts';
import type { Core } from './core.ts';
import { renameInLinks } from './container-links.ts';
import { publishContainerEvent, publishVolumeUses } from './engine-events.ts';
import type { Lifecycle } from './lifecycle.ts';
import { createContainerSteps, decideContainer, refuseTakenName } from './operations/create-container.ts';
import { portWarnings } from './operations/gateways.ts';
import { removeContainerSteps } from './operations/container-steps.ts';

/** Containers: making, naming, removing. Their running life is in `Lifecycle`. */
export class ContainerService {
  readonly #core: Core;
  readonly #lifecycle: Lifecycle;

  constructor(core: Core, lifecycle: Lifecycle) {
    this.#core = core;
    this.#lifecycle = lifecycle;
  }

  async create(spec: ContainerSpec): Promise<{ id: string; warnings: readonly string[] }> {
    const { state, images, volumes } = this.#core;
    const image = images.find(spec.image);
    if (!image) {
      throw new EngineError(404, 'IMAGE_NOT_FOUND', `No such image: ${spec.image}`, {
        hint: `berth image ls shows the images there are; berth image load -i FILE brings one in`,
      });
    }
    const context = contextFor(this.#core);
    const decision = decideContainer(context, { image, volumes, images }, spec);
    const { record } = decision;
    state.replace(record);
    const of = { operation: 'create', object: 'container', name: record.spec.name } as const;
    try {
      await execute(this.#core, of, createContainerSteps(context, decision));
    } catch (error) {
      state.containers.delete(record.id);
      throw error;
    }
    publishVolumeUses(this.#core, record, 'create');
    publishContainerEvent(this.#core, record, 'create');
    const { runtime } = await this.#core.driver();
    const warnings = unattainable(spec, runtime).map((text) => `${record.spec.name}: ${text}`);
    return { id: record.id, warnings: [...portWarnings(state, record), ...warnings] };
  }

  async remove(idOrName: string, options: { force: boolean; volumes: boolean }): Promise<void> {
    const { state, locks } = this.#core;
    const { id } = state.findContainer(idOrName);
    await locks.run(id, async () => {
      const container = state.findContainer(id);
      if (isUp(container)) {
        if (!options.force) throw runningConflict(container);
        await this.#lifecycle.stopLocked(container, {
          signal: 'SIGKILL',
          timeoutMs: -1,
          isRemoval: true,
        });
      }
      this.#lifecycle.forget(id);
      await this.demolish(state.findContainer(id), options.volumes);
      publishContainerEvent(this.#core, container, 'destroy');
    });
    this.#core.changes.publish(id);
  }

  /** Removes a container that asked for it (`autoRemove`), with its anonymous volumes, once it does not run any more. */
  async removeEnded(id: string): Promise<void> {
    const { state, locks, logReaders } = this.#core;
    if (!state.containers.get(id)?.spec.autoRemove) return;
    await logReaders.settled(id);
    await locks.run(id, async () => {
      const container = state.containers.get(id);
      if (!container || isUp(container)) return;
      this.#lifecycle.forget(id);
      await this.demolish(container, true);
      publishContainerEvent(this.#core, container, 'destroy');
    });
    this.#core.changes.publish(id);
  }

  /** Takes away what a stopped container has on the host; goes on over failures and reports them together. */
  async demolish(container: ContainerRecord, volumes: boolean): Promise<void> {
    const of = { operation: 'remove', object: 'container', name: container.spec.name } as const;
    const anonymous = volumes ? this.#ownVolumes(container) : [];
    const steps = removeContainerSteps(contextFor(this.#core), container, { volumes: anonymous });
    const failures = await executeAll(this.#core, of, steps);
    for (const name of anonymous) this.#core.volumes.forget(name);
    if (failures.length === 0) return;
    const texts = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)));
    throw new TeardownError(
      'CONTAINER_REMOVE_FAILED',
      `container ${container.spec.name}: ${texts.join('; ')}`,
      {
        hint: 'the next berth command tries again',
        cause: failures[0],
      },
    );
  }

  /** Volumes that nobody named and no other container took over (`volumes_from`). */
  #ownVolumes({ id, mounts }: ContainerRecord): string[] {
    const others = [...this.#core.state.containers.values()].filter((other) => other.id !== id);
    const isShared = (name: string): boolean =>
      others.some((other) => other.mounts.some((mount) => mount.type === 'volume' && mount.name === name));
    return mounts.filter((mount) => mount.anonymous && !isShared(mount.name)).map((mount) => mount.name);
  }

  async rename(idOrName: string, name: string): Promise<void> {
    const { state, locks, records, zone } = this.#core;
    const wanted = name.replace(/^\//, '');
    const { id } = state.findContainer(idOrName);
    await locks.run(id, async () => {
      const container = state.findContainer(id);
      if (container.spec.name === wanted) {
        const text = 'Renaming a container with the same name as its current name';
        throw new EngineError(400, 'CONTAINER_NAME_INVALID', text);
      }
      refuseTakenName(contextFor(this.#core), wanted);
      const renamed = { ...container, spec: { ...container.spec, name: wanted } };
      state.replace(renamed);
      await records.saveContainer(renamed, { durable: true });
      await renameInLinks(this.#core, container.spec.name, wanted);
      if (state.live.has(id)) this.#lifecycle.announceNames(renamed, zone);
      publishContainerEvent(this.#core, renamed, 'rename', { oldName: `/${container.spec.name}` });
    });
  }
}

export function isUp(container: ContainerRecord): boolean {
  return ['running', 'paused', 'restarting'].includes(container.state.status);
}

function runningConflict(container: ContainerRecord): EngineError {
  const text = `cannot remove container "/${container.spec.name}": container is ${container.state.status}: stop the container before removing or force remove`;
  return new EngineError(409, 'CONTAINER_RUNNING', text, {
    hint: `stop ${container.spec.name} first, or remove with force`,
  });
}
