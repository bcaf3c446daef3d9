import type { Project } from '../model/compose.ts';
import type { Cause, Plan, ResourceAddress } from '../model/plan.ts';
import { PlanBuilder, type Draft } from './builder.ts';
import { imageOf } from './names.ts';
import type { ObservedBuild, ObservedState } from './observed.ts';
import type { UpRequest } from './request.ts';

/** Why the image of a service is built; undefined when it is not. */
export function buildCause(
  about: {
    project: Project;
    observed: ObservedState;
    request: Pick<UpRequest, 'build' | 'noBuild' | 'built'>;
  },
  service: string,
): Cause | undefined {
  const { project, observed, request } = about;
  const build = observed.builds?.[service];
  if (!build || request.noBuild) return undefined;
  const text = reasonFor(project, { service, build, request });
  if (text === undefined) return undefined;
  const at = project.at(['services', service, 'build']);
  return at ? { text, at } : { text };
}

/** The build of this image gives something else than what containers of it run. */
export function changesImage(observed: ObservedState, service: string): boolean {
  return ['missing', 'changed'].includes(observed.builds?.[service]?.fate ?? '');
}

/** Adds a build for each service whose image is to be built, those that others need first; returns them by image. */
export function addBuilds(
  about: {
    project: Project;
    observed: ObservedState;
    request: Pick<UpRequest, 'build' | 'noBuild' | 'built'>;
    builder: PlanBuilder;
    /** The networks that the plan makes: RUN steps may be on one of them. */
    networks?: Iterable<Draft>;
  },
  services: readonly string[],
): Map<string, Draft> {
  const { project, observed, builder } = about;
  const drafts = new Map<string, Draft>();
  const networks = [...(about.networks ?? [])];
  const add = (service: string): Draft | undefined => {
    const known = drafts.get(service);
    if (known) return known;
    const build = observed.builds?.[service];
    const cause = buildCause(about, service);
    if (!build || !cause) return undefined;
    const resource: ResourceAddress = { kind: 'image', name: imageOf(project, service), key: service };
    const needs = [
      ...build.needs.map(add),
      networks.find(({ resource: { name } }) => name === build.network),
    ];
    const detail = { kind: 'build-image', body: build.body } as const;
    builder.change({ resource, verdict: 'build', cause });
    const draft = builder.add({ resource, detail, cause, needs });
    drafts.set(service, draft);
    return draft;
  };
  for (const service of services) add(service);
  return new Map([...drafts.values()].map((draft) => [draft.resource.name, draft]));
}

/** The builds alone: what `berth build` does. */
export function planBuilds(
  input: { project: Project; observed: ObservedState },
  services: readonly string[],
): Plan {
  const builder = new PlanBuilder(input.project.name);
  addBuilds({ ...input, request: { build: true }, builder }, services);
  return builder.finish();
}

function reasonFor(
  project: Project,
  {
    service,
    build,
    request,
  }: { service: string; build: ObservedBuild; request: Pick<UpRequest, 'build' | 'built'> },
): string | undefined {
  const policy = project.model.services[service]?.['pull_policy'];
  // An image that is to be fetched where it is missing is not built unasked.
  const isFetched = typeof policy === 'string' && !['build', 'never'].includes(policy);
  if (build.fate === 'changed' || (build.fate === 'missing' && !isFetched)) return build.reason;
  if (request.build) return 'asked for';
  return !request.built && policy === 'build' ? 'pull_policy: build' : undefined;
}
