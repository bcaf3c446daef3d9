import type { Project } from '../model/compose.ts';
import type { Cause, Plan } from '../model/plan.ts';
import { PlanBuilder, type Draft } from './builder.ts';
import { addStop } from './hook-drafts.ts';
import { isOneOff, serviceOf } from './labels.ts';
import { addressOf } from './names.ts';
import { isRunning, type ObservedContainer, type ObservedState } from './observed.ts';
import { dependentsFirst, dependentStops, graphOf } from './plan-down.ts';
import { addProviderEnds, dependentEnds, orderProviderEnds } from './providers.ts';

export interface StopInput {
  readonly projectName: string;
  readonly project?: Project | undefined;
  readonly observed: ObservedState;
  /** Empty: all. */
  readonly services: readonly string[];
  readonly timeoutSeconds?: number | undefined;
}

const asked: Cause = { text: 'a stop is asked for' };

/** What must happen so that the services stand still: dependents stop before what they depend on. One-offs go on. */
export function planStop(input: StopInput): Plan {
  const { observed, services, timeoutSeconds } = input;
  const builder = new PlanBuilder(input.projectName);
  const graph = graphOf(input);
  const wanted = observed.containers.filter(
    (container) => !isOneOff(container) && (services.length === 0 || services.includes(serviceOf(container))),
  );
  const stops = new Map<ObservedContainer, Draft>();
  const ends = addProviderEnds({ builder, project: input.project, services, command: 'stop', cause: asked });
  for (const container of dependentsFirst(wanted, graph)) {
    const resource = addressOf(container);
    if (!isRunning(container)) {
      builder.change({ resource, verdict: 'unchanged', cause: { text: 'it does not run' } });
      continue;
    }
    builder.change({ resource, verdict: 'stop', cause: asked });
    const after = [
      ...dependentStops(graph, stops, container),
      ...dependentEnds(ends, graph, serviceOf(container)),
    ];
    const { project } = input;
    const about = { builder, project, container, cause: asked, timeoutSeconds, after };
    stops.set(container, addStop({ ...about, hooksDecide: false }).stop);
  }
  orderProviderEnds(
    ends,
    graph,
    [...stops].map(([container, draft]) => ({ service: serviceOf(container), draft })),
  );
  return builder.finish();
}
