import type { Draft, PlanBuilder } from './builder.ts';
import type { Replica, ServiceDecision } from './decide.ts';
import { isRunning } from './observed.ts';
import type { UpInput } from './request.ts';

interface Edges {
  readonly needs: readonly (Draft | undefined)[];
  readonly after?: readonly (Draft | undefined)[];
}

/** The `pre_start` hooks of services: containers that run to their end before a replica starts. */
export class InitHooks {
  readonly #input: UpInput;
  readonly #builder: PlanBuilder;
  readonly #decided: ReadonlyMap<string, ServiceDecision>;
  /** Service → the last of its hooks so far that run once for all replicas. */
  readonly #common = new Map<string, Draft>();

  constructor(about: {
    input: UpInput;
    builder: PlanBuilder;
    decided: ReadonlyMap<string, ServiceDecision>;
  }) {
    this.#input = about.input;
    this.#builder = about.builder;
    this.#decided = about.decided;
  }

  /** The hooks that end before this replica starts: those of the service, and those of its own. */
  before(replica: Replica, edges: Required<Edges>): (Draft | undefined)[] {
    const { service } = replica;
    const hooks = [...(this.#input.project.model.services[service]?.pre_start ?? []).entries()];
    const isRunningOn = this.#decided
      .get(service)
      ?.replicas.some(
        ({ verdict, existing }) => verdict === 'unchanged' && existing !== undefined && isRunning(existing),
      );
    const own = hooks.filter(([, hook]) => hook.per_replica === true);
    const common = hooks.filter(([, hook]) => hook.per_replica !== true);
    const shared = this.#common.get(service);
    let last = shared;
    for (const [index] of [...(shared || isRunningOn ? [] : common), ...own].sort(([a], [b]) => a - b)) {
      last = this.#hook(replica, index, last ? { needs: [...edges.needs, last] } : edges);
      if (hooks[index]?.[1].per_replica !== true) this.#common.set(service, last);
    }
    return [last];
  }

  #hook(replica: Replica, index: number, edges: Edges): Draft {
    const { project, bodies } = this.#input;
    const { service, name } = replica;
    const at = project.at(['services', service, 'pre_start', index]);
    return this.#builder.add({
      resource: { kind: 'container', name, key: service },
      detail: {
        kind: 'run-hook',
        hook: 'pre_start',
        index,
        body: bodies.initContainer({ service, replica: name, index }),
      },
      cause: { text: `before ${service} starts`, ...(at && { at }) },
      ...edges,
    });
  }
}
