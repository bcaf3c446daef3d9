import type { Project } from '../model/compose.ts';
import type { Cause, Plan, ResourceAddress } from '../model/plan.ts';
import { PlanBuilder, type Draft } from './builder.ts';
import { addStop } from './hook-drafts.ts';
import { dependencyGraph, type DependencyGraph } from './dependencies.ts';
import { isOneOff, label, serviceOf } from './labels.ts';
import { addressOf, imageOf } from './names.ts';
import { isRunning, type ObservedContainer, type ObservedState } from './observed.ts';
import { orphansOf } from './plan-up.ts';
import { addProviderEnds, dependentEnds, orderProviderEnds } from './providers.ts';

export interface DownInput {
  readonly projectName: string;
  /** Absent when `down` works by name only, without files. */
  readonly project?: Project | undefined;
  readonly observed: ObservedState;
  readonly request: DownRequest;
}

export interface DownRequest {
  /** Empty: everything of the project. */
  readonly services: readonly string[];
  readonly removeOrphans?: boolean;
  /** Images too: `local` those that are built and have no name of their own, or all of the services. */
  readonly rmi?: 'local' | 'all';
  /** Named volumes of the project, and anonymous ones. */
  readonly volumes?: boolean;
  readonly timeoutSeconds?: number | undefined;
}

const goingDown: Cause = { text: 'the project goes down' };

/**
 * What must happen so that nothing of the project is left but its volumes: dependents stop before what they depend
 * on; a network goes when the last container on it has gone. External networks and volumes are not touched.
 */
export function planDown(input: DownInput): Plan {
  const { observed, request } = input;
  const builder = new PlanBuilder(input.projectName);
  const graph = graphOf(input);
  const containers = containersToRemove(input);
  const stops = new Map<ObservedContainer, Draft>();
  const removals = new Map<ObservedContainer, Draft>();
  const { project } = input;
  const { services } = request;
  const ends = addProviderEnds({ builder, project, services, command: 'down', cause: goingDown });
  for (const container of dependentsFirst(containers, graph)) {
    const resource = addressOf(container);
    builder.change({ resource, verdict: 'remove', cause: goingDown });
    if (isRunning(container)) {
      const after = [
        ...dependentStops(graph, stops, container),
        ...dependentEnds(ends, graph, serviceOf(container)),
      ];
      const { timeoutSeconds } = request;
      const about = { builder, project, container, cause: goingDown, timeoutSeconds, after };
      stops.set(container, addStop({ ...about, hooksDecide: false }).stop);
    }
    const detail = { kind: 'remove-container', volumes: request.volumes ?? false } as const;
    removals.set(
      container,
      builder.add({ resource, detail, cause: goingDown, needs: [stops.get(container)] }),
    );
  }
  orderProviderEnds(
    ends,
    graph,
    [...stops].map(([container, draft]) => ({ service: serviceOf(container), draft })),
  );
  if (request.services.length === 0) {
    addNetworks({ input, builder, removals });
    if (request.volumes) addVolumeRemovals({ input, builder, removals: [...removals.values()] });
    addImageRemovals({ input, builder, removals: [...removals.values()] });
  }
  for (const orphan of keptOrphans(input, observed.containers, removals)) {
    builder.note({ text: `orphan container ${orphan.name} is left; --remove-orphans removes it` });
  }
  const kept = request.volumes ? [] : volumesOf(input);
  return { ...builder.finish(), ...(kept.length > 0 && { keptVolumes: kept.map(({ name }) => name) }) };
}

/** The graph of the file; without files, what the containers' labels remember of it. */
export function graphOf(input: {
  readonly project?: Project | undefined;
  readonly observed: ObservedState;
}): DependencyGraph {
  if (input.project) return dependencyGraph(input.project.model);
  const graph = new Map<string, Record<string, { condition: 'service_started'; required: boolean }>>();
  for (const container of input.observed.containers) {
    const names = (container.labels[label.dependsOn] ?? '').split(',').filter((name) => name !== '');
    const entries = names.map(
      (name) => [name.split(':')[0] ?? name, { condition: 'service_started', required: true }] as const,
    );
    graph.set(serviceOf(container), Object.fromEntries(entries));
  }
  return graph;
}

/** Containers in an order in which those that depend on others come before them. */
export function dependentsFirst(
  containers: readonly ObservedContainer[],
  graph: DependencyGraph,
): ObservedContainer[] {
  const depths = new Map<string, number>();
  const depth = (service: string, trail: readonly string[] = []): number => {
    const known = depths.get(service);
    if (known !== undefined) return known;
    if (trail.includes(service)) return 0;
    const below = Object.keys(graph.get(service) ?? {}).map((name) => depth(name, [...trail, service]));
    const found = 1 + Math.max(-1, ...below);
    depths.set(service, found);
    return found;
  };
  return [...containers].sort(
    (a, b) => depth(serviceOf(b)) - depth(serviceOf(a)) || (a.name < b.name ? -1 : 1),
  );
}

/** The stops that have to end before this container stops: those of its dependents. */
export function dependentStops(
  graph: DependencyGraph,
  stops: ReadonlyMap<ObservedContainer, Draft>,
  container: ObservedContainer,
): Draft[] {
  const service = serviceOf(container);
  return [...stops].filter(([other]) => graph.get(serviceOf(other))?.[service]).map(([, draft]) => draft);
}

function containersToRemove(input: DownInput): ObservedContainer[] {
  const { observed, request, project } = input;
  if (request.services.length > 0) {
    return observed.containers.filter((container) => request.services.includes(serviceOf(container)));
  }
  if (request.removeOrphans || !project) return [...observed.containers];
  const orphans = new Set(orphansOf({ project, observed }).filter((orphan) => !isOneOff(orphan)));
  return observed.containers.filter((container) => !orphans.has(container));
}

function addNetworks(about: {
  input: DownInput;
  builder: PlanBuilder;
  removals: ReadonlyMap<ObservedContainer, Draft>;
}): void {
  const { input, builder, removals } = about;
  const own = input.observed.networks.filter(
    (network) => network.labels[label.project] === input.projectName,
  );
  for (const network of own) {
    const key = network.labels[label.network] ?? network.name;
    const resource: ResourceAddress = { kind: 'network', name: network.name, key };
    const attached = input.observed.containers.filter((container) => network.name in container.networks);
    const staying = attached.find((container) => !removals.has(container));
    if (staying) {
      builder.note({ text: `network ${network.name} is left: ${staying.name} is on it` });
      continue;
    }
    builder.change({ resource, verdict: 'remove', cause: goingDown });
    const needs = attached.map((container) => removals.get(container));
    builder.add({ resource, detail: { kind: 'remove-network' }, cause: goingDown, needs });
  }
}

function addVolumeRemovals(about: {
  input: DownInput;
  builder: PlanBuilder;
  removals: readonly Draft[];
}): void {
  const { input, builder, removals } = about;
  for (const volume of volumesOf(input)) {
    const key = volume.labels[label.volume] ?? volume.name;
    const resource: ResourceAddress = { kind: 'volume', name: volume.name, key };
    const cause = { text: 'volumes are asked for' };
    builder.change({ resource, verdict: 'remove', cause });
    builder.add({ resource, detail: { kind: 'remove-volume' }, cause, needs: removals });
  }
}

function addImageRemovals(about: {
  input: DownInput;
  builder: PlanBuilder;
  removals: readonly Draft[];
}): void {
  const { project, observed, request } = about.input;
  if (!project || request.rmi === undefined) return;
  const named = new Map<string, string>();
  for (const [key, service] of Object.entries(project.model.services)) {
    const isOurs = service.image === undefined && service.build !== undefined;
    const name = imageOf(project, key);
    if ((request.rmi === 'all' || isOurs) && name !== '' && observed.images[name] !== undefined)
      named.set(name, key);
  }
  for (const [name, key] of named) {
    const resource: ResourceAddress = { kind: 'image', name, key };
    const cause = { text: 'images are asked for' };
    about.builder.change({ resource, verdict: 'remove', cause });
    about.builder.add({ resource, detail: { kind: 'remove-image' }, cause, needs: about.removals });
  }
}

function volumesOf({ observed, projectName }: DownInput): ObservedState['volumes'] {
  return observed.volumes.filter(({ labels }) => labels[label.project] === projectName);
}

function keptOrphans(
  input: DownInput,
  containers: readonly ObservedContainer[],
  removals: ReadonlyMap<ObservedContainer, Draft>,
): ObservedContainer[] {
  if (!input.project || input.request.services.length > 0) return [];
  return containers.filter((container) => !removals.has(container) && !isOneOff(container));
}
