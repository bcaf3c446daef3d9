import { EngineError } from '../model/errors.ts';
import type { VolumeRecord } from '../model/image.ts';
import type { Core } from './core.ts';
import { nowNs } from './time.ts';

/** Volumes: making, finding, removing. */
export class VolumeService {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  find(name: string): VolumeRecord {
    const volume = this.#core.volumes.find(name);
    if (volume) return volume;
    throw new EngineError(404, 'VOLUME_NOT_FOUND', `get ${name}: no such volume`, {
      hint: 'berth volume ls shows the volumes there are',
    });
  }

  async create(request: {
    name: string;
    driver: string;
    options: Record<string, string>;
    labels: Record<string, string>;
  }): Promise<VolumeRecord> {
    const volume = await this.#core.volumes.create(request);
    this.#publish(volume.name, 'create');
    return volume;
  }

  async remove(name: string, force: boolean): Promise<void> {
    await this.#core.volumes.remove(name, { force, inUse: (volume) => this.#usersOf(volume) });
    this.#publish(name, 'destroy');
  }

  async prune(
    accepts: (volume: VolumeRecord) => boolean,
  ): Promise<{ removed: readonly string[]; freedBytes: number }> {
    return this.#core.volumes.prune({ accepts, inUse: (volume) => this.#usersOf(volume) });
  }

  #usersOf(volume: string): string[] {
    return [...this.#core.state.containers.values()]
      .filter((container) =>
        container.mounts.some((mount) => mount.type === 'volume' && mount.name === volume),
      )
      .map((container) => container.id);
  }

  #publish(name: string, action: string): void {
    this.#core.events.publish({
      type: 'volume',
      action,
      id: name,
      attributes: { driver: 'local' },
      timeNs: nowNs(),
    });
  }
}
