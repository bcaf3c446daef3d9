import { BerthError, ComposeError } from '../model/errors.ts';
import type { Project } from '../model/compose.ts';
import type { Cause, Plan } from '../model/plan.ts';
import { decodeDefinition, digestOf, serviceDefinition } from '../plan/definition.ts';
import { changesBetween, formatChanges } from '../plan/difference.ts';
import { isOneOff, label, serviceOf } from '../plan/labels.ts';
import type { ObservedContainer } from '../plan/observed.ts';
import { planRestart, type RestartInput } from '../plan/plan-restart.ts';
import { planStart, type StartInput } from '../plan/plan-start.ts';
import { ContainerEvents } from './container-events.ts';
import type { NamedContext } from './context.ts';
import { preparedProject } from './prepared.ts';
import { leading, notHealthyInTime } from './errors.ts';
import { execute } from './execute.ts';
import { explainFailure } from './explain.ts';
import { observe } from './observe.ts';

type Request<T> = Omit<T, 'projectName' | 'project' | 'observed'>;

/** What `start` would do. Nothing is changed. */
export async function planForStart(context: NamedContext, request: Request<StartInput>): Promise<Plan> {
  const { client, projectName, project } = context;
  const observed = await observe(client, { projectName });
  return planStart({ projectName, project, observed, ...request });
}

/** What `restart` would do, with a note for each service that the file describes otherwise by now. */
export async function planForRestart(context: NamedContext, request: Request<RestartInput>): Promise<Plan> {
  const { client, projectName, project } = context;
  const observed = await observe(client, { projectName });
  const plan = planRestart({ projectName, project, observed, ...request });
  const names = new Set(plan.changes.map(({ resource }) => resource.name));
  const restarted = observed.containers.filter(({ name }) => names.has(name));
  return { ...plan, notes: project ? staleNotes(project, restarted) : [] };
}

/**
 * Starts containers that exist, or starts them again; they stay what they are.
 * @throws {ServiceError} a service exited or did not become healthy
 */
export async function carryOutStarts(
  context: NamedContext,
  plan: Plan,
  timeoutSeconds?: number,
): Promise<void> {
  const { client, projectName, project, emit } = context;
  const events = new ContainerEvents(client, projectName);
  const timeout = timeoutSeconds === undefined ? undefined : AbortSignal.timeout(timeoutSeconds * 1000);
  const signal = timeout ? AbortSignal.any([context.signal, timeout]) : context.signal;
  try {
    const execution = await execute(plan, { client, events, emit, signal, project });
    context.signal.throwIfAborted();
    if (timeout?.aborted && execution.failures.length > 0) throw notHealthyInTime(timeoutSeconds ?? 0);
    const errors = execution.failures.flatMap((failure) => {
      if (!(failure.error instanceof BerthError)) throw failure.error;
      return project ? explainFailure(project, failure, execution) : [failure.error];
    });
    const error = leading(errors);
    if (error) throw error;
  } finally {
    events.close();
  }
}

/** A restart keeps the container, and with it the configuration that it was made with. */
function staleNotes(plain: Project, containers: readonly ObservedContainer[]): Cause[] {
  const project = preparedOrNone(plain);
  if (!project) return [];
  const notes = new Map<string, Cause>();
  for (const container of containers.filter((candidate) => !isOneOff(candidate))) {
    const service = serviceOf(container);
    const model = project.model.services[service];
    if (!model || notes.has(service)) continue;
    const definition = serviceDefinition(project, model);
    const before = decodeDefinition(container.labels[label.definition]);
    if (!before || container.labels[label.configHash] === digestOf(definition)) continue;
    const difference = formatChanges(changesBetween(before, definition));
    const text = `${service} has changed in the file since it was made (${difference}); \`berth up\` brings that in`;
    notes.set(service, { text });
  }
  return [...notes.values()];
}

/** A secret that is gone from the file or the environment is no reason not to restart what has it. */
function preparedOrNone(project: Project): Project | undefined {
  try {
    return preparedProject(project);
  } catch (error) {
    if (error instanceof ComposeError) return undefined;
    throw error;
  }
}
