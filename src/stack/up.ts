import { BerthError, ServiceError } from '../model/errors.ts';
import type { Operation, Plan } from '../model/plan.ts';
import { dependencyGraph, orderedServices } from '../plan/dependencies.ts';
import { planUp } from '../plan/plan-up.ts';
import { providersOf } from '../plan/providers.ts';
import type { UpRequest } from '../plan/request.ts';
import { planBuildsFirst } from './build.ts';
import { bodyMaker } from './bodies.ts';
import { ContainerEvents } from './container-events.ts';
import type { StackContext } from './context.ts';
import { preparedProject } from './prepared.ts';
import { explainFailure } from './explain.ts';
import { leading, notHealthyInTime } from './errors.ts';
import { execute, type Execution } from './execute.ts';
import { observe } from './observe.ts';
import { observeBuilds } from './observe-builds.ts';
import { preflight } from './preflight.ts';
import { carryOutPulls, planPullsFirst } from './pull.ts';
import { withRemembered } from './providers.ts';
import { rollBack, withdrawSuccessors } from './roll-back.ts';

export interface UpOptions extends UpRequest {
  /** For `wait`; undefined: as long as it takes. */
  readonly waitTimeoutSeconds?: number | undefined;
}

/** What `up` would do. Nothing is changed. */
export async function planForUp(context: StackContext, request: UpRequest): Promise<Plan> {
  const { client } = context;
  const prepared = preparedProject(context.project, request.services);
  const services = orderedServices({
    project: prepared,
    graph: dependencyGraph(prepared.model),
    wanted: request.services,
    withDependencies: !request.noDeps,
  });
  const [observed, builds] = await Promise.all([
    observe(client, { projectName: prepared.name, project: prepared }),
    request.noBuild ? {} : observeBuilds(client, prepared, { services }),
  ]);
  const project = withRemembered(prepared, observed.containers);
  return planUp({ project, observed: { ...observed, builds }, bodies: bodyMaker(project), request });
}

/**
 * Brings the services up. When the machine refuses something, what this run made is taken away again; when a service
 * fails, it is left for a look, and what depends on it is not started.
 * @throws {ServiceError} a service exited or did not become healthy
 * @throws {HostError} the engine refused
 */
export async function up(context: StackContext, options: UpOptions): Promise<Plan> {
  const pulls = await planPullsFirst(context, options);
  if (pulls) await carryOutPulls(context, pulls, { ignoreFailures: false });
  const builds = await planBuildsFirst(context, options);
  if (builds) await carryOut(context, builds, undefined);
  const ready = await withProviders(context, options);
  const plan = await planForUp(ready, {
    ...options,
    pulled: true,
    build: false,
    built: true,
    provided: true,
  });
  tellNotes(ready, plan);
  await carryOut(ready, plan, options.wait ? options.waitTimeoutSeconds : undefined);
  return plan;
}

async function withProviders(context: StackContext, request: UpRequest): Promise<StackContext> {
  if (providersOf(context.project).length === 0) return context;
  const { bringProviders } = await import('./provider-stages.ts');
  const project = await bringProviders(context, request, (_, work) => work(context.emit));
  return { ...context, project };
}

/** Does what a plan says; see `up` for what happens when something fails. */
export async function carryOut(
  context: StackContext,
  plan: Plan,
  timeoutSeconds: number | undefined,
): Promise<void> {
  const { client, project, emit } = context;
  if (context.preflight !== false) await preflight(context, plan);
  const events = new ContainerEvents(client, project.name);
  const timeout = timeoutSeconds === undefined ? undefined : AbortSignal.timeout(timeoutSeconds * 1000);
  const signal = timeout ? AbortSignal.any([context.signal, timeout]) : context.signal;
  try {
    const execution = await execute(plan, { client, events, emit, signal, project });
    if (timeout?.aborted) throw notHealthyInTime(timeoutSeconds ?? 0);
    context.signal.throwIfAborted();
    await settle(context, plan, execution);
  } finally {
    events.close();
  }
}

export function tellNotes(context: Pick<StackContext, 'emit'>, plan: Plan): void {
  for (const { text } of plan.notes ?? []) context.emit({ type: 'note', level: 'warning', text });
}

async function settle(context: StackContext, plan: Plan, execution: Execution): Promise<void> {
  const hard = execution.failures.filter(({ operation }) => !isSoft(plan, operation));
  for (const { operation, error } of execution.failures) {
    if (!(error instanceof ServiceError) || !isSoft(plan, operation)) continue;
    const text = `optional dependency "${operation.resource.key}" failed to start: ${error.message}`;
    context.emit({ type: 'note', level: 'warning', text });
  }
  if (hard.length === 0) return;
  const bug = hard.find(({ error }) => !(error instanceof BerthError));
  const withdrawn = await withdrawSuccessors(context, execution);
  const errors = hard.flatMap((failure) =>
    explainFailure(context.project, failure, { ...execution, withdrawn }),
  );
  const isHostRefusal = errors.some((error) => !(error instanceof ServiceError));
  if (isHostRefusal) await rollBack(context, execution);
  if (bug) throw bug.error;
  const error = leading(errors);
  if (error) throw error;
}

/** A wait that only `required: false` dependents hang on may fail. */
function isSoft(plan: Plan, failed: Operation): boolean {
  const isAwaitedHard = plan.operations.some(({ needs }) => needs.includes(failed.id));
  const isAwaitedSoftly = plan.operations.some(({ after }) => after?.includes(failed.id));
  return failed.detail.kind === 'wait-container' && isAwaitedSoftly && !isAwaitedHard;
}
