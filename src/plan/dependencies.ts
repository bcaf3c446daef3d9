import type { ComposeModel, DependencyModel, Project, ServiceModel } from '../model/compose.ts';
import { dependencyCycle, unknownService } from './errors.ts';

/** Service → what it depends on, written or implied. */
export type DependencyGraph = ReadonlyMap<string, Readonly<Record<string, DependencyModel>>>;

/** The dependencies between the services of a project, those included that links and shared namespaces imply. */
export function dependencyGraph(model: ComposeModel): DependencyGraph {
  return new Map(
    Object.entries(model.services).map(([name, service]) => [name, dependenciesOf(model, service)]),
  );
}

/**
 * Services with everything they depend on, dependencies first; services that do not depend on each other keep
 * the order of the file.
 * @throws {ComposeError} DEPENDENCY_CYCLE with the cycle named; SERVICE_UNKNOWN when `wanted` names none
 */
export function orderedServices(input: {
  project: Project;
  graph: DependencyGraph;
  /** Empty: all. */
  wanted: readonly string[];
  withDependencies: boolean;
}): string[] {
  const { project, graph, wanted } = input;
  for (const name of wanted) if (!graph.has(name)) throw unknownService(project, name);
  const all = inDependencyOrder(project, graph);
  if (wanted.length === 0) return all;
  const chosen = input.withDependencies ? closure(graph, wanted) : new Set(wanted);
  return all.filter((name) => chosen.has(name));
}

/** The services whose namespaces this service joins, with the kind of each namespace. */
export function namespaceParents(service: ServiceModel): { kind: string; service: string }[] {
  const keys = { network_mode: 'network', ipc: 'IPC', pid: 'PID', uts: 'UTS', cgroup: 'cgroup' };
  return Object.entries(keys).flatMap(([key, kind]) => {
    const mode = service[key];
    if (typeof mode !== 'string' || !mode.startsWith('service:')) return [];
    return [{ kind, service: mode.slice('service:'.length) }];
  });
}

/** The services whose volumes this service mounts. */
export function volumeDonors(service: ServiceModel): string[] {
  const sources = texts(service['volumes_from']).filter((text) => !text.startsWith('container:'));
  return sources.map((text) => text.split(':')[0] ?? text);
}

function dependenciesOf(model: ComposeModel, service: ServiceModel): Record<string, DependencyModel> {
  const implied: Record<string, DependencyModel> = {};
  const imply = (name: string, restart: boolean) => {
    if (name in model.services) implied[name] = { condition: 'service_started', required: true, restart };
  };
  for (const link of texts(service['links'])) imply(link.split(':')[0] ?? link, true);
  for (const donor of volumeDonors(service)) imply(donor, false);
  for (const parent of namespaceParents(service)) imply(parent.service, true);
  const written = Object.entries(service.depends_on ?? {}).filter(([name]) => name in model.services);
  return { ...implied, ...Object.fromEntries(written) };
}

function inDependencyOrder(project: Project, graph: DependencyGraph): string[] {
  const order: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (name: string, trail: readonly string[]): void => {
    if (state.get(name) === 'done') return;
    if (state.get(name) === 'open')
      throw dependencyCycle(project, [...trail.slice(trail.indexOf(name)), name]);
    state.set(name, 'open');
    for (const dependency of Object.keys(graph.get(name) ?? {})) visit(dependency, [...trail, name]);
    state.set(name, 'done');
    order.push(name);
  };
  for (const name of graph.keys()) visit(name, []);
  return order;
}

function closure(graph: DependencyGraph, wanted: readonly string[]): Set<string> {
  const chosen = new Set<string>();
  const add = (name: string): void => {
    if (chosen.has(name)) return;
    chosen.add(name);
    for (const dependency of Object.keys(graph.get(name) ?? {})) add(dependency);
  };
  for (const name of wanted) add(name);
  return chosen;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
