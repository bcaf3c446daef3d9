import type { Plan } from '../model/plan.ts';
import { planBuilds } from '../plan/builds.ts';
import { dependencyGraph, orderedServices } from '../plan/dependencies.ts';
import type { UpRequest } from '../plan/request.ts';
import type { StackContext } from './context.ts';
import { nothingToBuild } from './errors.ts';
import type { BuildFlags } from './build-request.ts';
import { observe } from './observe.ts';
import { observeBuilds } from './observe-builds.ts';
import { preparedProject } from './prepared.ts';

export interface BuildOptions extends BuildFlags {
  /** Empty: all that have a `build`. */
  readonly services: readonly string[];
  readonly withDependencies?: boolean | undefined;
}

/**
 * What `build` would do.
 * @throws {UsageError} SERVICE_UNKNOWN, BUILD_NOTHING
 */
export async function planForBuild(context: StackContext, options: BuildOptions): Promise<Plan> {
  const { client } = context;
  const project = preparedProject(context.project);
  const services = orderedServices({
    project,
    graph: dependencyGraph(project.model),
    wanted: options.services,
    withDependencies: options.withDependencies ?? false,
  });
  const buildable = services.filter((service) => project.model.services[service]?.build);
  if (buildable.length === 0) throw nothingToBuild(options.services);
  const [observed, builds] = await Promise.all([
    observe(client, { projectName: project.name, project }),
    observeBuilds(client, project, { services: buildable, flags: options }),
  ]);
  return planBuilds({ project, observed: { ...observed, builds } }, buildable);
}

/**
 * What `up` builds before it looks at the containers: images that are built on each run, changed or not. Whether
 * their containers have to be made anew shows only then.
 */
export async function planBuildsFirst(context: StackContext, request: UpRequest): Promise<Plan | undefined> {
  if (request.noBuild) return undefined;
  const { services: all } = context.project.model;
  const services = orderedServices({
    project: context.project,
    graph: dependencyGraph(context.project.model),
    wanted: request.services,
    withDependencies: !request.noDeps,
  }).filter((name) => {
    const isAsked = request.build === true || all[name]?.['pull_policy'] === 'build';
    return all[name]?.build && isAsked;
  });
  return services.length === 0 ? undefined : await planForBuild(context, { services });
}
