import type { Plan } from '../model/plan.ts';
import { PlanBuilder } from './builder.ts';
import { orderedServices, type DependencyGraph } from './dependencies.ts';
import { noContainer } from './errors.ts';
import { isOneOff, serviceOf } from './labels.ts';
import type { ObservedContainer } from './observed.ts';
import { dependentsFirst, graphOf } from './plan-down.ts';
import type { StopInput } from './plan-stop.ts';
import { Starts } from './starts.ts';

export interface StartInput extends StopInput {
  /** Wait until each service runs, or is healthy. */
  readonly wait?: boolean | undefined;
}

/**
 * What must happen so that containers which exist run: those of the services, and of what these depend on.
 * @throws {UsageError} SERVICE_UNKNOWN; SERVICE_NOT_RUNNING when a named service has no container
 */
export function planStart(input: StartInput): Plan {
  const builder = new PlanBuilder(input.projectName);
  const graph = graphOf(input);
  const containers = dependentsFirst(containersWithDependencies(input, graph), graph).reverse();
  const cause = { text: 'a start is asked for' };
  new Starts({
    builder,
    project: input.project,
    graph,
    containers,
    stops: new Map(),
    wait: input.wait ?? false,
    cause,
  }).add();
  return builder.finish();
}

function containersWithDependencies(input: StartInput, graph: DependencyGraph): ObservedContainer[] {
  const { project, observed, services } = input;
  const replicas = observed.containers.filter((container) => !isOneOff(container));
  for (const service of services) {
    if (!replicas.some((container) => serviceOf(container) === service)) throw noContainer(input, service);
  }
  if (services.length === 0) return replicas;
  const chosen = project
    ? orderedServices({ project, graph, wanted: services, withDependencies: true })
    : services;
  return replicas.filter((container) => chosen.includes(serviceOf(container)));
}
