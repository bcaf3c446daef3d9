import type { PortModel, ServiceModel } from '../model/compose.ts';
import type { Draft, PlanBuilder } from './builder.ts';
import type { Replica, ServiceDecision } from './decide.ts';
import type { UpInput } from './request.ts';

/** What `deploy.update_config` of a service asks for. */
export interface Handover {
  readonly order: 'start-first' | 'stop-first';
  /** Replicas that are replaced at once; 0: all. */
  readonly parallelism: number;
}

export function handoverOf(service: ServiceModel): Handover | undefined {
  const update = service.deploy?.['update_config'];
  if (typeof update !== 'object' || update === null || Array.isArray(update)) return undefined;
  const { order, parallelism } = update as { order?: unknown; parallelism?: unknown };
  return {
    order: order === 'start-first' ? 'start-first' : 'stop-first',
    parallelism: typeof parallelism === 'number' ? parallelism : 1,
  };
}

/** In which turn the replicas of a service are replaced, and which have to go before their successor can start. */
export class Handovers {
  readonly #input: UpInput;
  readonly #builder: PlanBuilder;
  readonly #decided: ReadonlyMap<string, ServiceDecision>;
  /** Replica → the last operation of its replacement. */
  readonly #ends = new Map<Replica, Draft | undefined>();
  readonly #told = new Set<string>();

  constructor(about: {
    input: UpInput;
    builder: PlanBuilder;
    decided: ReadonlyMap<string, ServiceDecision>;
  }) {
    this.#input = about.input;
    this.#builder = about.builder;
    this.#decided = about.decided;
  }

  /** What must have ended well before the replacement of this replica touches what runs. */
  before(replica: Replica): Draft[] {
    const parallelism = this.#model(replica).parallelism ?? 0;
    if (parallelism <= 0) return [];
    const all = this.#decided.get(replica.service)?.replicas ?? [];
    const replaced = all.filter(({ verdict }) => verdict === 'recreate');
    const earlier = replaced[replaced.indexOf(replica) - parallelism];
    const end = earlier && this.#ends.get(earlier);
    return end ? [end] : [];
  }

  /** Notes the operation that ends a replacement; `last` is only asked for where turns are taken. */
  ended(replica: Replica, last: () => Draft | undefined): void {
    const isTurn = replica.verdict === 'recreate' && this.#model(replica).order !== undefined;
    if (isTurn) this.#ends.set(replica, last());
  }

  /** Not where the old container holds what the new one needs: a port of the machine. Says so once. */
  canStartFirst({ service }: Replica): boolean {
    const model = this.#input.project.model.services[service] ?? {};
    const held = (model.ports ?? []).find(isFixed);
    if (!held) return true;
    if (!this.#told.has(service)) {
      this.#told.add(service);
      const at = this.#input.project.at(['services', service, 'deploy', 'update_config']);
      const why = `its old container holds port ${held.published ?? ''} until it stops`;
      const text = `${service} can not start first: ${why}; publish a range, or let another service publish for it`;
      this.#builder.note({ text, ...(at && { at }) });
    }
    return false;
  }

  #model({ service }: Replica): Partial<Handover> {
    return handoverOf(this.#input.project.model.services[service] ?? {}) ?? {};
  }
}

function isFixed({ published }: PortModel): boolean {
  return published !== undefined && /^[1-9]\d*$/.test(published);
}
