import type { Plan } from '../model/plan.ts';
import { PlanBuilder, type Draft } from './builder.ts';
import { addStop } from './hook-drafts.ts';
import { isOneOff, serviceOf } from './labels.ts';
import { addressOf } from './names.ts';
import { isRunning, type ObservedContainer } from './observed.ts';
import { dependentsFirst, dependentStops, graphOf } from './plan-down.ts';
import type { StopInput } from './plan-stop.ts';

export interface RemoveInput extends StopInput {
  /** Stop first what runs; without it, what runs stays. */
  readonly stop?: boolean | undefined;
  /** Anonymous volumes go too. */
  readonly volumes?: boolean | undefined;
}

const cause = { text: 'a removal is asked for' };

/** What must happen so that the stopped containers of the services are gone. One-offs go only by their service's name. */
export function planRemove(input: RemoveInput): Plan {
  const { observed, services, timeoutSeconds } = input;
  const builder = new PlanBuilder(input.projectName);
  const graph = graphOf(input);
  const wanted = observed.containers.filter(
    (container) =>
      (services.length === 0 ? !isOneOff(container) : services.includes(serviceOf(container))) &&
      (input.stop === true || !isRunning(container)),
  );
  const stops = new Map<ObservedContainer, Draft>();
  for (const container of dependentsFirst(wanted, graph)) {
    const resource = addressOf(container);
    builder.change({ resource, verdict: 'remove', cause });
    if (isRunning(container)) {
      const after = dependentStops(graph, stops, container);
      const { project } = input;
      const about = { builder, project, container, cause, timeoutSeconds, after };
      stops.set(container, addStop({ ...about, hooksDecide: false }).stop);
    }
    const detail = { kind: 'remove-container', volumes: input.volumes ?? false } as const;
    builder.add({ resource, detail, cause, needs: [stops.get(container)] });
  }
  return builder.finish();
}
