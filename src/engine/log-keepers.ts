import { LogKeeper } from '../container/older-logs.ts';
import type { ContainerRecord } from '../model/container.ts';
import { logLimitsOf } from '../model/log-limits.ts';
import type { Core } from './core.ts';

/** Keeps the older log files of running containers whose logging options ask for more than one. */
export class LogKeepers {
  readonly #core: Core;
  readonly #keepers = new Map<string, LogKeeper>();

  constructor(core: Core) {
    this.#core = core;
    core.changes.listen((id) => this.#look(id));
    for (const id of core.state.containers.keys()) this.#look(id);
  }

  #look(id: string): void {
    const container = this.#core.state.containers.get(id);
    const keeper = this.#keepers.get(id);
    const isWanted = container !== undefined && container.state.pid > 0 && filesOf(container) > 1;
    if (isWanted && !keeper) {
      const path = `${this.#core.records.containerFolder(id)}/ctr.log`;
      this.#keepers.set(id, new LogKeeper({ path, files: filesOf(container) }));
    } else if (!isWanted && keeper) {
      this.#keepers.delete(id);
      keeper.close();
    }
  }
}

function filesOf({ spec }: ContainerRecord): number {
  return logLimitsOf(spec.logDriver, spec.logOptions).files;
}
