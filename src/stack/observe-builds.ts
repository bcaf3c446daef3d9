import type { Project } from '../model/compose.ts';
import { imageOf } from '../plan/names.ts';
import type { ObservedBuild } from '../plan/observed.ts';
import { buildNeeds, buildRequestFor, type BuildFlags } from './build-request.ts';
import { statusOf, type EngineClientLike } from './engine-client.ts';

/** Whether the images of services are what their contexts would give now. A Docker Engine can't tell a change. */
export async function observeBuilds(
  client: EngineClientLike,
  project: Project,
  about: { services: readonly string[]; flags?: BuildFlags | undefined },
): Promise<Record<string, ObservedBuild>> {
  const wanted = withNeeds(project, about.services).flatMap((service) => {
    const body = buildRequestFor(project, service, about.flags);
    return body ? [{ service, body }] : [];
  });
  if (wanted.length === 0) return {};
  const assessed = await client.berth?.assessBuilds(wanted.map(({ body }) => body));
  const builds = wanted.map(async ({ service, body }, index) => {
    const needs = buildNeeds(project.model.services[service]?.build);
    const verdict = assessed?.[index] ?? (await withoutHistory(client, imageOf(project, service)));
    const { fate, reason } = verdict;
    return [service, { fate, reason, body, needs, network: body.network }] as const;
  });
  return Object.fromEntries(await Promise.all(builds));
}

function withNeeds(project: Project, services: readonly string[]): string[] {
  const found = new Set<string>();
  const add = (service: string): void => {
    if (found.has(service)) return;
    found.add(service);
    buildNeeds(project.model.services[service]?.build).forEach(add);
  };
  services.forEach(add);
  return [...found];
}

async function withoutHistory(
  client: EngineClientLike,
  image: string,
): Promise<Pick<ObservedBuild, 'fate' | 'reason'>> {
  try {
    await client.getImage(image).inspect();
    return { fate: 'foreign', reason: '' };
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return { fate: 'missing', reason: 'no image yet' };
  }
}
