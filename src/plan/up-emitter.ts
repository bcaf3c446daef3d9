import type { Cause, ResourceAddress, WaitCondition } from '../model/plan.ts';
import type { Draft, PlanBuilder } from './builder.ts';
import { addBuilds } from './builds.ts';
import type { Replica, ServiceDecision } from './decide.ts';
import { Handovers, handoverOf } from './handovers.ts';
import { addPostStart, addStop, type StopDrafts } from './hook-drafts.ts';
import { InitHooks } from './init-hooks.ts';
import { namespaceParents, volumeDonors, type DependencyGraph } from './dependencies.ts';
import { numberOf } from './labels.ts';
import { addressOf, imagesOf, networkKeysOf, networkName, volumeKeysOf } from './names.ts';
import type { ObjectDecision } from './objects.ts';
import { isRunning, type ObservedContainer } from './observed.ts';
import { addProviderUp, hasProvider } from './providers.ts';
import type { UpInput } from './request.ts';

/** The drafts that others hang on to. */
interface ReplicaDrafts {
  /** After this one the container exists under its final name. */
  ready: Draft | undefined;
  stop: StopDrafts | undefined;
  /** When it ends, the replica counts as started: its hooks have run. */
  start: Draft | undefined;
  /** The name that a successor has until the old one has gone: it starts under this one. */
  readonly startsAs?: string;
}

/** Turns decisions into operations. Call in this order: networks, volumes, each service, removals, linkRestarts. */
export class UpEmitter {
  readonly #input: UpInput;
  readonly #graph: DependencyGraph;
  readonly #builder: PlanBuilder;
  readonly #networks: readonly ObjectDecision[];
  readonly #decided: ReadonlyMap<string, ServiceDecision>;
  readonly #networkDrafts = new Map<string, Draft>();
  readonly #volumeDrafts = new Map<string, Draft>();
  #imageDrafts: ReadonlyMap<string, Draft> = new Map();
  readonly #replicaDrafts = new Map<Replica, ReplicaDrafts>();
  readonly #waits = new Map<string, Draft>();
  readonly #providers = new Map<string, Draft>();
  /** Stops made ahead, so that a network could go. */
  readonly #stopped = new Map<Replica, StopDrafts>();
  readonly #initHooks: InitHooks;
  readonly #handovers: Handovers;
  /** Removals made ahead, so that a network could go. */
  readonly #removed = new Map<ObservedContainer, { stop: StopDrafts | undefined; remove: Draft }>();

  constructor(about: {
    input: UpInput;
    graph: DependencyGraph;
    builder: PlanBuilder;
    networks: readonly ObjectDecision[];
    decided: ReadonlyMap<string, ServiceDecision>;
  }) {
    this.#input = about.input;
    this.#graph = about.graph;
    this.#builder = about.builder;
    this.#networks = about.networks;
    this.#decided = about.decided;
    this.#initHooks = new InitHooks(about);
    this.#handovers = new Handovers(about);
  }

  pulls(drafts: ReadonlyMap<string, Draft>): void {
    this.#imageDrafts = drafts;
  }

  networks(leaving: readonly ObservedContainer[]): void {
    for (const { key, name, verdict, cause } of this.#networks) {
      const resource: ResourceAddress = { kind: 'network', name, key };
      this.#builder.change({ resource, verdict, cause });
      if (verdict === 'unchanged') continue;
      const gone = verdict === 'recreate' ? [this.#removeNetwork({ resource, cause, leaving })] : [];
      const detail = { kind: 'create-network', body: this.#input.bodies.network(key) } as const;
      this.#networkDrafts.set(key, this.#builder.add({ resource, detail, cause, needs: gone }));
    }
  }

  builds(services: readonly string[]): void {
    const about = { ...this.#input, builder: this.#builder, networks: this.#networkDrafts.values() };
    this.#imageDrafts = new Map([...this.#imageDrafts, ...addBuilds(about, services)]);
  }

  volumes(volumes: readonly ObjectDecision[], leaving: readonly ObservedContainer[]): void {
    for (const { key, name, verdict, cause } of volumes) {
      const resource: ResourceAddress = { kind: 'volume', name, key };
      this.#builder.change({ resource, verdict, cause });
      if (verdict === 'unchanged') continue;
      const gone = verdict === 'recreate' ? [this.#removeVolume({ resource, cause, leaving })] : [];
      const detail = { kind: 'create-volume', body: this.#input.bodies.volume(key) } as const;
      this.#volumeDrafts.set(key, this.#builder.add({ resource, detail, cause, needs: gone }));
    }
  }

  service(service: string): void {
    const decision = this.#decided.get(service);
    if (!decision) return;
    for (const container of decision.surplus) {
      const isReplaced = decision.replicas.some(({ number }) => number === numberOf(container));
      const text = isReplaced ? 'its successor is there' : `scaled to ${decision.replicas.length}`;
      this.removal(container, { text });
    }
    if (hasProvider(this.#input.project.model.services[service])) this.#provider(service);
    for (const replica of decision.replicas) this.#replica(replica);
  }

  #provider(service: string): void {
    const { project, request } = this.#input;
    if (request.provided) return;
    const before = Object.keys(this.#graph.get(service) ?? {}).map((name) => this.#providers.get(name));
    this.#providers.set(service, addProviderUp({ project, builder: this.#builder }, service, before));
  }

  /** Stops and removes a container for good. */
  removal(container: ObservedContainer, cause: Cause): Draft {
    const resource = addressOf(container);
    this.#builder.change({ resource, verdict: 'remove', cause });
    return this.#stopAndRemove(container, cause).remove;
  }

  /** Dependents with `restart: true` stop before what they depend on does. */
  linkRestarts(): void {
    for (const [replica, drafts] of this.#replicaDrafts) {
      const dependencies = Object.entries(this.#graph.get(replica.service) ?? {});
      for (const [name] of dependencies.filter(([, dependency]) => dependency.restart)) {
        for (const other of this.#decided.get(name)?.replicas ?? []) {
          const stop = this.#replicaDrafts.get(other)?.stop;
          if (stop && drafts.stop && !comesBefore(stop.stop, drafts.stop.stop))
            stop.first.needs.push(drafts.stop.stop);
        }
      }
    }
  }

  #removeNetwork(about: {
    resource: ResourceAddress;
    cause: Cause;
    leaving: readonly ObservedContainer[];
  }): Draft {
    const { resource, cause } = about;
    const attached = this.#concerned(about.leaving).filter(
      ({ container }) => resource.name in container.networks,
    );
    const needs = attached.map(({ container, replica }) =>
      replica?.rejoins === undefined
        ? this.#stopAndRemove(container, cause).remove
        : this.#stopToRejoin(replica, container),
    );
    return this.#builder.add({ resource, detail: { kind: 'remove-network' }, cause, needs });
  }

  #removeVolume(about: {
    resource: ResourceAddress;
    cause: Cause;
    leaving: readonly ObservedContainer[];
  }): Draft {
    const { resource, cause } = about;
    const users = this.#concerned(about.leaving).filter(({ container }) =>
      container.mounts.some(({ type, name }) => type === 'volume' && name === resource.name),
    );
    const needs = users.map(({ container }) => this.#stopAndRemove(container, cause).remove);
    return this.#builder.add({ resource, detail: { kind: 'remove-volume' }, cause, needs });
  }

  /** The containers that this run is about. */
  #concerned(leaving: readonly ObservedContainer[]): { container: ObservedContainer; replica?: Replica }[] {
    const all = [...this.#decided.values()];
    return [
      ...all.flatMap(({ replicas }) =>
        replicas.flatMap((replica) => (replica.existing ? [{ container: replica.existing, replica }] : [])),
      ),
      ...[...all.flatMap(({ surplus }) => surplus), ...leaving].map((container) => ({ container })),
    ];
  }

  /** A stopped container loses its place on a network that goes, and stays itself. */
  #stopToRejoin(replica: Replica, container: ObservedContainer): Draft | undefined {
    const stop = this.#stop(container, replica.cause, []);
    if (stop) this.#stopped.set(replica, stop);
    return stop?.stop;
  }

  #stopAndRemove(
    container: ObservedContainer,
    cause: Cause,
    needs: readonly (Draft | undefined)[] = [],
  ): { stop: StopDrafts | undefined; remove: Draft } {
    const known = this.#removed.get(container);
    if (known) return known;
    const resource = addressOf(container);
    const stop = this.#stop(container, cause, needs);
    const detail = { kind: 'remove-container', volumes: false } as const;
    const remove = this.#builder.add({ resource, detail, cause, needs: stop ? [stop.stop] : needs });
    this.#removed.set(container, { stop, remove });
    return { stop, remove };
  }

  #stop(
    container: ObservedContainer,
    cause: Cause,
    needs: readonly (Draft | undefined)[],
  ): StopDrafts | undefined {
    if (!isRunning(container)) return undefined;
    const { project, request } = this.#input;
    const { timeoutSeconds } = request;
    const about = { builder: this.#builder, project, container, cause, timeoutSeconds, needs };
    return addStop({ ...about, hooksDecide: true });
  }

  #replica(replica: Replica): void {
    const resource: ResourceAddress = { kind: 'container', name: replica.name, key: replica.service };
    this.#builder.change({ resource, verdict: replica.verdict, cause: replica.cause });
    const drafts = this.#prepared(replica);
    this.#replicaDrafts.set(replica, drafts);
    const starts = replica.verdict !== 'unchanged' && !this.#input.request.noStart;
    if (starts)
      drafts.start = this.#start(replica, drafts, { ...resource, name: drafts.startsAs ?? replica.name });
    if (drafts.startsAs !== undefined && replica.existing) this.#handOver(replica, replica.existing, drafts);
    else if (starts) this.#handovers.ended(replica, () => this.#wait(replica, this.#steadyState(replica)));
    if (this.#input.request.wait && !this.#input.request.noStart)
      this.#wait(replica, this.#endState(replica));
  }

  #prepared(replica: Replica): ReplicaDrafts {
    const { existing, cause } = replica;
    if (!existing)
      return { ready: this.#create(replica, replica.name, []), stop: undefined, start: undefined };
    if (replica.verdict === 'recreate') return this.#recreate(replica, existing);
    const isRestarted = replica.verdict === 'restart';
    const stop = this.#stopped.get(replica) ?? (isRestarted ? this.#stop(existing, cause, []) : undefined);
    const joined = this.#rejoin(replica, existing);
    return { ready: this.#rename(replica, existing.name, [joined]) ?? joined, stop, start: undefined };
  }

  #rejoin(replica: Replica, container: ObservedContainer): Draft | undefined {
    const { rejoins, service, number, cause } = replica;
    if (rejoins === undefined) return undefined;
    const network = networkName(this.#input.project, rejoins);
    const endpoint = this.#input.bodies.endpoint({ service, number, network });
    return this.#builder.add({
      resource: addressOf(container),
      detail: { kind: 'connect-network', network, endpoint },
      cause,
      needs: [this.#networkDrafts.get(rejoins)],
    });
  }

  /** New first, then the old one away, so that a failure to create leaves the old one running. */
  #recreate(replica: Replica, existing: ObservedContainer): ReplicaDrafts {
    if (this.#mustLeaveFirst(replica, existing)) {
      const { stop, remove } = this.#stopAndRemove(existing, replica.cause, this.#handovers.before(replica));
      return { ready: this.#create(replica, replica.name, [remove]), stop, start: undefined };
    }
    const temporary = `${existing.id.slice(0, 12)}_${replica.name}`;
    if (this.#startsFirst(replica, existing)) {
      const earlier = this.#handovers.before(replica);
      const ready = this.#create(replica, temporary, earlier);
      return { ready, stop: undefined, start: undefined, startsAs: temporary };
    }
    const created = this.#create(replica, temporary, []);
    const { stop, remove } = this.#stopAndRemove(existing, replica.cause, [
      created,
      ...this.#handovers.before(replica),
    ]);
    return { ready: this.#rename(replica, temporary, [remove, created]), stop, start: undefined };
  }

  /** The old one goes when its successor runs, or is healthy. */
  #handOver(replica: Replica, existing: ObservedContainer, drafts: ReplicaDrafts): void {
    const reached = this.#wait(replica, this.#steadyState(replica));
    const { stop, remove } = this.#stopAndRemove(existing, replica.cause, [reached]);
    drafts.stop = stop;
    this.#handovers.ended(replica, () => this.#rename(replica, drafts.startsAs ?? '', [remove]));
  }

  #startsFirst(replica: Replica, existing: ObservedContainer): boolean {
    const model = this.#input.project.model.services[replica.service] ?? {};
    if (handoverOf(model)?.order !== 'start-first') return false;
    if (this.#input.request.noStart || !isRunning(existing)) return false;
    return this.#handovers.canStartFirst(replica);
  }

  #mustLeaveFirst(replica: Replica, existing: ObservedContainer): boolean {
    if (this.#removed.has(existing)) return true;
    const model = this.#input.project.model.services[replica.service] ?? {};
    const hasFixedAddress = Object.values(model.networks ?? {}).some(
      (network) => network?.ipv4_address !== undefined || network?.ipv6_address !== undefined,
    );
    return hasFixedAddress || this.#parents(replica).some((parent) => parent.verdict === 'recreate');
  }

  #create(replica: Replica, name: string, needs: readonly Draft[]): Draft {
    const { project, observed, bodies, request } = this.#input;
    const model = project.model.services[replica.service] ?? {};
    const donors = volumeDonors(model).flatMap((name) => this.#decided.get(name)?.replicas ?? []);
    const body = bodies.container({
      service: replica.service,
      number: replica.number,
      name,
      replaces: request.renewAnonVolumes ? undefined : replica.existing,
      succeeds: replica.existing,
      imageId: observed.images[model.image ?? ''] ?? '',
    });
    return this.#builder.add({
      resource: { kind: 'container', name, key: replica.service },
      detail: { kind: 'create-container', body },
      cause: replica.cause,
      needs: [
        ...imagesOf(model).map((image) => this.#imageDrafts.get(image)),
        ...networkKeysOf(model).map((key) => this.#networkDrafts.get(key)),
        ...volumeKeysOf(project.model, model).map((key) => this.#volumeDrafts.get(key)),
        ...[...this.#parents(replica), ...donors].map((other) => this.#replicaDrafts.get(other)?.ready),
        ...needs,
      ],
    });
  }

  #rename(replica: Replica, from: string, needs: readonly (Draft | undefined)[]): Draft | undefined {
    if (from === replica.name) return undefined;
    const holders = this.#decided.get(replica.service)?.surplus ?? [];
    const freed = holders.map((container) => this.#removed.get(container)?.remove);
    return this.#builder.add({
      resource: { kind: 'container', name: from, key: replica.service },
      detail: { kind: 'rename-container', to: replica.name },
      cause: replica.cause,
      needs: [...needs, ...freed],
    });
  }

  #start(replica: Replica, drafts: ReplicaDrafts, resource: ResourceAddress): Draft {
    const hard: (Draft | undefined)[] = [drafts.ready, drafts.stop?.stop];
    const soft: (Draft | undefined)[] = [];
    for (const [name, dependency] of Object.entries(this.#graph.get(replica.service) ?? {})) {
      const waits = (this.#decided.get(name)?.replicas ?? []).map((other) =>
        this.#reached(other, dependency.condition),
      );
      waits.push(this.#providers.get(name));
      (dependency.required ? hard : soft).push(...waits);
    }
    const hooks = this.#initHooks.before(replica, { needs: hard, after: soft });
    const detail = { kind: 'start-container' } as const;
    const edges = { needs: [...hard, ...hooks], after: soft };
    const start = this.#builder.add({ resource, detail, cause: replica.cause, ...edges });
    return addPostStart({ builder: this.#builder, project: this.#input.project, resource, start });
  }

  #reached(replica: Replica, condition: string): Draft | undefined {
    if (condition === 'service_healthy') return this.#wait(replica, 'healthy');
    if (condition === 'service_completed_successfully') return this.#wait(replica, 'completed');
    return this.#replicaDrafts.get(replica)?.start;
  }

  #wait(replica: Replica, condition: WaitCondition): Draft | undefined {
    const { existing, verdict } = replica;
    const { start, startsAs } = this.#replicaDrafts.get(replica) ?? {};
    if (verdict === 'unchanged' && existing) {
      if (condition === 'healthy' && existing.health === 'healthy') return undefined;
      if (condition === 'completed' && existing.exitCode === 0) return undefined;
      if (condition === 'running' && isRunning(existing)) return undefined;
    }
    const key = `${replica.name} ${condition}`;
    const draft =
      this.#waits.get(key) ??
      this.#builder.add({
        resource: { kind: 'container', name: startsAs ?? replica.name, key: replica.service },
        detail: { kind: 'wait-container', condition },
        cause: { text: `until ${replica.service} is ${condition}` },
        needs: [start],
      });
    this.#waits.set(key, draft);
    return draft;
  }

  /** What `--wait` waits for. */
  #endState(replica: Replica): WaitCondition {
    const isAwaited = [...this.#graph.values()].some(
      (dependencies) => dependencies[replica.service]?.condition === 'service_completed_successfully',
    );
    return isAwaited ? 'completed' : this.#steadyState(replica);
  }

  #steadyState(replica: Replica): WaitCondition {
    const healthcheck = this.#input.project.model.services[replica.service]?.healthcheck;
    return healthcheck && !healthcheck.disable ? 'healthy' : 'running';
  }

  #parents(replica: Replica): readonly Replica[] {
    const model = this.#input.project.model.services[replica.service] ?? {};
    return namespaceParents(model).flatMap(
      ({ service }) => this.#decided.get(service)?.replicas.slice(0, 1) ?? [],
    );
  }
}

/** Whether `first` already has to end before `second` starts. */
function comesBefore(first: Draft, second: Draft): boolean {
  return second.needs.some((draft) => draft === first || comesBefore(first, draft));
}
