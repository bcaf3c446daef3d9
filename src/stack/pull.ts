import { BerthError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import { PlanBuilder } from '../plan/builder.ts';
import { dependencyGraph, orderedServices } from '../plan/dependencies.ts';
import { addPulls, imagesWanted, pullPolicyOf } from '../plan/pulls.ts';
import type { UpRequest } from '../plan/request.ts';
import { ContainerEvents } from './container-events.ts';
import type { StackContext } from './context.ts';
import { leading } from './errors.ts';
import { execute } from './execute.ts';
import { explainFailure } from './explain.ts';
import { observe } from './observe.ts';
import { preparedProject } from './prepared.ts';

export interface PullOptions {
  /** Empty: all. */
  readonly services: readonly string[];
  readonly includeDeps?: boolean | undefined;
  /** `always` or `missing`, for all services. */
  readonly policy?: string | undefined;
  readonly ignoreBuildable?: boolean | undefined;
}

/** What `pull` fetches: every image that the policy of its service lets come, also those that are here. */
export async function planForPull(context: StackContext, options: PullOptions): Promise<Plan> {
  const project = preparedProject(context.project);
  const services = orderedServices({
    project,
    graph: dependencyGraph(project.model),
    wanted: options.services,
    withDependencies: options.includeDeps ?? false,
  });
  const observed = await observe(context.client, { projectName: project.name, project });
  const wanted = services.filter((service) => {
    if (project.model.services[service]?.build && options.ignoreBuildable) return false;
    const { kind } = pullPolicyOf({ project, observed, request: { pull: options.policy } }, service);
    return kind !== 'never' && kind !== 'build';
  });
  const builder = new PlanBuilder(project.name);
  const request = { pull: options.policy ?? 'always' };
  addPulls({ project, observed, request, builder }, imagesWanted(project, wanted));
  return builder.finish();
}

/** What `up` fetches before it looks at the containers: images that are here and are to be newer. */
export async function planPullsFirst(context: StackContext, request: UpRequest): Promise<Plan | undefined> {
  const project = preparedProject(context.project);
  const services = orderedServices({
    project,
    graph: dependencyGraph(project.model),
    wanted: request.services,
    withDependencies: !request.noDeps,
  });
  const question = { project, observed: NOTHING_SEEN, request };
  const refreshed = services.filter((service) =>
    ['always', 'every'].includes(pullPolicyOf(question, service).kind),
  );
  if (refreshed.length === 0) return undefined;
  const observed = await observe(context.client, { projectName: project.name, project });
  const present = imagesWanted(project, refreshed).filter(
    ({ image }) => observed.images[image] !== undefined,
  );
  const builder = new PlanBuilder(project.name);
  addPulls({ project, observed, request, builder }, present);
  const plan = builder.finish();
  return plan.operations.length === 0 ? undefined : plan;
}

/** What the policy of a service has to be fetched for a one-off of it: images that are missing, or are to be newer. */
export async function planPullsOf(
  context: StackContext,
  about: { readonly service: string; readonly pull?: string | undefined },
): Promise<Plan> {
  const { service, pull } = about;
  const project = preparedProject(context.project);
  const observed = await observe(context.client, { projectName: project.name, project });
  const builder = new PlanBuilder(project.name);
  const images = service in project.model.services ? imagesWanted(project, [service]) : [];
  addPulls({ project, observed, request: { pull }, builder }, images);
  return builder.finish();
}

/** Fetches what a plan of pulls says. Failures are thrown when the others have ended, or told as warnings. */
export async function carryOutPulls(
  context: StackContext,
  plan: Plan,
  options: { readonly ignoreFailures: boolean },
): Promise<void> {
  const { client, project, emit, signal } = context;
  const events = new ContainerEvents(client, project.name);
  try {
    const execution = await execute(plan, { client, events, emit, signal });
    signal.throwIfAborted();
    const bug = execution.failures.find(({ error }) => !(error instanceof BerthError));
    if (bug) throw bug.error;
    const errors = execution.failures.flatMap((failure) => explainFailure(project, failure, execution));
    if (options.ignoreFailures) {
      for (const { message } of errors) emit({ type: 'note', level: 'warning', text: message });
      return;
    }
    const error = leading(errors);
    if (error) throw error;
  } finally {
    events.close();
  }
}

const NOTHING_SEEN = { networks: [], volumes: [], containers: [], images: {} };
