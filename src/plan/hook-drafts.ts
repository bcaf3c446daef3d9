import type { Project } from '../model/compose.ts';
import type { Cause, ResourceAddress } from '../model/plan.ts';
import type { Draft, PlanBuilder } from './builder.ts';
import { isOneOff, serviceOf } from './labels.ts';
import { addressOf } from './names.ts';
import type { ObservedContainer } from './observed.ts';

/** The stop of a container, and what comes first of it: its `pre_stop` hooks, where it has any. */
export interface StopDrafts {
  readonly first: Draft;
  readonly stop: Draft;
}

export interface StopRequest {
  readonly builder: PlanBuilder;
  /** Absent when there are no files: then no hooks are known. */
  readonly project: Project | undefined;
  readonly container: ObservedContainer;
  readonly cause: Cause;
  readonly timeoutSeconds: number | undefined;
  readonly needs?: readonly (Draft | undefined)[];
  readonly after?: readonly (Draft | undefined)[];
  /** The container stays up when a hook fails; otherwise the failure is told, and the stop goes ahead. */
  readonly hooksDecide: boolean;
}

/** Stops a container, after its `pre_stop` hooks, one after the other. A paused one can run no hooks. */
export function addStop(request: StopRequest): StopDrafts {
  const { builder, container, cause, timeoutSeconds, hooksDecide } = request;
  const resource = addressOf(container);
  const hooks = preStopHooks(request).map((definition, index) => ({ definition, index }));
  let first: Draft | undefined;
  let last: Draft | undefined;
  for (const { definition, index } of hooks) {
    const before = last ? { needs: [last] } : { needs: request.needs ?? [], after: request.after ?? [] };
    const detail = { kind: 'exec-hook', hook: 'pre_stop', index, definition } as const;
    last = builder.add({ resource, detail, cause: { text: `before ${container.name} stops` }, ...before });
    first ??= last;
  }
  const detail = { kind: 'stop-container', ...(timeoutSeconds !== undefined && { timeoutSeconds }) } as const;
  const edges = { needs: [...(request.needs ?? [])], after: [...(request.after ?? [])] };
  (hooksDecide ? edges.needs : edges.after).push(last);
  const stop = builder.add({ resource, detail, cause, ...edges });
  return { first: first ?? stop, stop };
}

/** Runs the `post_start` hooks of a replica. Returns what others wait for: the last hook, or the start itself. */
export function addPostStart(about: {
  builder: PlanBuilder;
  project: Project | undefined;
  resource: ResourceAddress;
  start: Draft;
}): Draft {
  const { builder, project, resource, start } = about;
  let last = start;
  const path = ['services', resource.key, 'post_start'] as const;
  for (const [index, definition] of (project?.model.services[resource.key]?.post_start ?? []).entries()) {
    const at = project?.at([...path, index]);
    const cause = { text: `once ${resource.name} runs`, ...(at && { at }) };
    const detail = { kind: 'exec-hook', hook: 'post_start', index, definition } as const;
    last = builder.add({ resource, detail, cause, needs: [last] });
  }
  return last;
}

function preStopHooks({ project, container }: StopRequest) {
  if (container.status !== 'running' || isOneOff(container)) return [];
  return project?.model.services[serviceOf(container)]?.pre_stop ?? [];
}
