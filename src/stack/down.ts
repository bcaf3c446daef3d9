import { BerthError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import { planDown, type DownRequest } from '../plan/plan-down.ts';
import { ContainerEvents } from './container-events.ts';
import type { NamedContext } from './context.ts';
import { statusOf } from './engine-client.ts';
import { teardownFailed } from './errors.ts';
import { execute, type Failure } from './execute.ts';
import { observe } from './observe.ts';
import { preparedProject } from './prepared.ts';

/** What `down` would do. Nothing is changed. */
export async function planForDown(context: NamedContext, request: DownRequest): Promise<Plan> {
  const { client, projectName, project } = context;
  // Images are looked up by the names that the file gives them.
  const named = request.rmi && project ? { projectName, project: preparedProject(project) } : { projectName };
  const observed = await observe(client, named);
  return planDown({ projectName, project, observed, request });
}

/**
 * Takes the project down. Never stops at a failure: what can go goes, and the rest is told at the end.
 * @throws {TeardownError} TEARDOWN_INCOMPLETE with every failure in `others`
 */
export async function down(context: NamedContext, request: DownRequest): Promise<Plan> {
  const plan = await planForDown(context, request);
  if (plan.changes.length === 0) {
    const text = `nothing to take down: project ${context.projectName} has no containers, networks or volumes`;
    context.emit({ type: 'note', level: 'warning', text });
  }
  for (const { text } of plan.notes ?? []) context.emit({ type: 'note', level: 'warning', text });
  await carryOutTeardown(context, plan);
  return plan;
}

/** Does what a plan of removals says, gathering failures. */
export async function carryOutTeardown(context: NamedContext, plan: Plan): Promise<void> {
  const { client, emit, signal, projectName } = context;
  const events = new ContainerEvents(client, projectName);
  try {
    const { failures } = await execute(plan, { client, events, emit, signal, project: context.project });
    signal.throwIfAborted();
    const serious = failures.filter((failure) => !toldAsWarning(context, failure));
    const bug = serious.find(({ error }) => !(error instanceof BerthError));
    if (bug) throw bug.error;
    const errors = serious.flatMap(({ error }) => (error instanceof BerthError ? [error] : []));
    if (errors.length > 0) throw teardownFailed(errors);
    tellKept(context, plan.keptVolumes ?? []);
  } finally {
    events.close();
  }
}

function tellKept({ emit }: NamedContext, names: readonly string[]): void {
  const last = names.at(-1);
  if (last === undefined) return;
  const list = names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
  const text = `${list} ${names.length === 1 ? 'stays' : 'stay'}; berth down -v removes ${names.length === 1 ? 'it' : 'them'}, with all data`;
  emit({ type: 'note', level: 'info', text: `volume${names.length === 1 ? '' : 's'} ${text}` });
}

/** A network or volume that somebody else uses stays, as with Docker Compose. */
function toldAsWarning(context: NamedContext, failure: Failure): boolean {
  const { resource } = failure.operation;
  const isInUse = [403, 409].includes(statusOf(failure.error)) && resource.kind !== 'container';
  if (isInUse) {
    const reason = failure.error instanceof Error ? failure.error.message : '';
    const text = `${resource.kind} ${resource.name} is still in use, so it stays: ${reason}`;
    context.emit({ type: 'note', level: 'warning', text });
  }
  return isInUse;
}
