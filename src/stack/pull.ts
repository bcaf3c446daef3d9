import { BerthError } from '../model/errors.ts';
import type { Project } from '../model/compose.ts';
import type { Plan } from '../model/plan.ts';
import { PlanBuilder } from '../plan/builder.ts';
import { dependencyGraph, orderedServices } from '../plan/dependencies.ts';
import { imageOf } from '../plan/names.ts';
import { addPulls, imagesWanted, pullPolicyOf } from '../plan/pulls.ts';
import type { UpRequest } from '../plan/request.ts';
import { ContainerEvents } from './container-events.ts';
import type { StackContext } from './context.ts';
import { leading } from './errors.ts';
import { execute, type Execution, type Failure } from './execute.ts';
import { explainFailure } from './explain.ts';
import { imageFacts, observe } from './observe.ts';
import { withImageNames } from './prepared.ts';

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
  const project = withImageNames(context.project);
  const services = orderedServices({
    project,
    graph: dependencyGraph(project.model),
    wanted: options.services,
    withDependencies: options.includeDeps ?? false,
  });
  const observed = await observe(context.client, { projectName: project.name, project });
  const builder = new PlanBuilder(project.name);
  const wanted = services.flatMap((service) => {
    const { image, build } = context.project.model.services[service] ?? {};
    if (build && (options.ignoreBuildable || image === undefined)) {
      skip(builder, project, service, image === undefined ? 'No image to be pulled' : 'It can be built');
      return [];
    }
    const policy = project.model.services[service]?.['pull_policy'];
    if (options.policy === undefined && (policy === 'never' || policy === 'build')) {
      if (image !== undefined) skip(builder, project, service, `Its pull policy is ${policy}`);
      return [];
    }
    return imagesWanted(project, [service]);
  });
  const missing = wanted.filter(({ service, image }) => {
    const isKept = onlyMissing(project, service, options) && isFixed(image);
    if (!isKept || observed.images[image] === undefined) return true;
    skip(builder, project, service, 'Image is already present locally', image);
    return false;
  });
  addPulls({ project, observed, request: { pull: 'always' }, builder }, missing);
  return builder.finish();
}

/** What is asked for by name comes again, unless its policy says otherwise. */
function onlyMissing({ model }: Project, service: string, { policy }: PullOptions): boolean {
  const text = policy ?? model.services[service]?.['pull_policy'];
  return text === 'missing' || text === 'if_not_present';
}

/** A tag that is meant to stay what it is: any but `latest`. */
function isFixed(image: string): boolean {
  const last = image.slice(image.lastIndexOf('/') + 1);
  return image.includes('@') || (last.includes(':') && !last.endsWith(':latest'));
}

function skip(builder: PlanBuilder, project: Project, service: string, why: string, image?: string): void {
  const name = image ?? imageOf(project, service);
  builder.change({
    resource: { kind: 'image', name, key: service },
    verdict: 'unchanged',
    cause: { text: why },
  });
}

/** What `up` fetches before it looks at the containers: images that are here and are to be newer. */
export async function planPullsFirst(context: StackContext, request: UpRequest): Promise<Plan | undefined> {
  const project = withImageNames(context.project);
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
  const project = withImageNames(context.project);
  const images = service in project.model.services ? imagesWanted(project, [service]) : [];
  const own = project.model.services[service];
  const observed = {
    ...NOTHING_SEEN,
    ...(await imageFacts(context.client, own ? [own] : [])),
    nowMs: Date.now(),
  };
  const builder = new PlanBuilder(project.name);
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
    const [toBuild, failures] = buildable(project, execution);
    if (toBuild.length > 0) emit({ type: 'note', level: 'warning', text: mustBeBuilt(toBuild) });
    const errors = failures.flatMap((failure) => explainFailure(project, failure, execution));
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

/** An image that no registry has, and that can be built, is no failure. */
function buildable(project: Project, { failures }: Execution): readonly [string[], Failure[]] {
  const services = Object.entries(project.model.services);
  const toBuild: string[] = [];
  const others = failures.filter(({ operation: { resource } }) => {
    const builders = services.filter(([, { build, image }]) => build && image === resource.name);
    toBuild.push(...builders.map(([name]) => name));
    return builders.length === 0;
  });
  return [toBuild, others];
}

function mustBeBuilt(services: readonly string[]): string {
  return `Some service image(s) must be built from source by running:  berth build ${services.join(' ')}`;
}

const NOTHING_SEEN = { networks: [], volumes: [], containers: [], images: {} };
