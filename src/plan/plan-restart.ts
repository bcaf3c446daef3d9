import type { Plan } from '../model/plan.ts';
import { PlanBuilder, type Draft } from './builder.ts';
import type { DependencyGraph } from './dependencies.ts';
import { addStop } from './hook-drafts.ts';
import { noContainer } from './errors.ts';
import { isOneOff, serviceOf } from './labels.ts';
import { isRunning, type ObservedContainer } from './observed.ts';
import { dependentsFirst, dependentStops, graphOf } from './plan-down.ts';
import type { StopInput } from './plan-stop.ts';
import { isDone, Starts } from './starts.ts';

export interface RestartInput extends StopInput {
  /** Leave alone what depends on the services with `restart: true`. */
  readonly noDeps?: boolean | undefined;
}

const cause = { text: 'a restart is asked for' };

/**
 * What must happen so that the services begin anew in the containers they have: dependents stop first, and start when
 * what they depend on has reached what they want of it.
 * @throws {UsageError} SERVICE_UNKNOWN; SERVICE_NOT_RUNNING when a named service has no container
 */
export function planRestart(input: RestartInput): Plan {
  const builder = new PlanBuilder(input.projectName);
  const graph = graphOf(input);
  const wanted = dependentsFirst(containersToRestart(input, graph), graph);
  const stops = new Map<ObservedContainer, Draft>();
  const { project, timeoutSeconds } = input;
  for (const container of wanted.filter(isRunning)) {
    const after = dependentStops(graph, stops, container);
    const about = { builder, project, container, cause, timeoutSeconds, after };
    stops.set(container, addStop({ ...about, hooksDecide: true }).stop);
  }
  const restarted = new Map(wanted.map((container) => [container, stops.get(container)]));
  const containers = wanted.toReversed();
  new Starts({ builder, project, graph, containers, stops: restarted, wait: false, cause }).add();
  return builder.finish();
}

function containersToRestart(input: RestartInput, graph: DependencyGraph): ObservedContainer[] {
  const { observed, services } = input;
  const replicas = observed.containers.filter((container) => !isOneOff(container));
  for (const service of services) {
    if (!replicas.some((container) => serviceOf(container) === service)) throw noContainer(input, service);
  }
  if (services.length === 0) return replicas.filter((container) => !isFinished(container, graph));
  const chosen = input.noDeps ? new Set(services) : withLinked(services, graph);
  return replicas.filter((container) => chosen.has(serviceOf(container)));
}

/** A one-shot that others wait for, and that is done, stays done unless it is named. */
function isFinished(container: ObservedContainer, graph: DependencyGraph): boolean {
  const service = serviceOf(container);
  const isAwaited = [...graph.values()].some(
    (dependencies) => dependencies[service]?.condition === 'service_completed_successfully',
  );
  return isAwaited && isDone(container);
}

/** The services, and those that depend on them with `restart: true`. */
function withLinked(services: readonly string[], graph: DependencyGraph): Set<string> {
  const chosen = new Set(services);
  for (const one of chosen) {
    for (const [name, dependencies] of graph) if (dependencies[one]?.restart) chosen.add(name);
  }
  return chosen;
}
