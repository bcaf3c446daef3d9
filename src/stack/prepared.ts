import type { Project } from '../model/compose.ts';
import { dependencyGraph, orderedServices } from '../plan/dependencies.ts';
import { imageOf } from '../plan/names.ts';
import { withDefaultBind } from './default-bind.ts';
import { withHealthyNames } from './healthy-names.ts';
import { withGrantDigests } from './grants.ts';
import { withProbes } from './probes.ts';
import { withUnhealthyRestarts } from './unhealthy-restarts.ts';

/**
 * The project as plans and requests are made of it: with what is not written in the file but is part of it. `wanted`:
 * the services that it is about, with what they depend on; what others are granted need not be there. Empty: all.
 * @throws {UsageError} SERVICE_UNKNOWN
 */
export function preparedProject(project: Project, wanted: readonly string[] = []): Project {
  const graph = dependencyGraph(project.model);
  const services = orderedServices({ project, graph, wanted, withDependencies: true });
  return withGrantDigests(
    withProbes(withUnhealthyRestarts(withHealthyNames(withDefaultBind(withImageNames(project))))),
    services,
  );
}

/** An image that is built has a name, whether the file gives one or not. */
export function withImageNames(project: Project): Project {
  const services = Object.entries(project.model.services).map(([name, service]) => {
    const image = imageOf(project, name);
    return [name, service.image === undefined && image !== '' ? { ...service, image } : service] as const;
  });
  return { ...project, model: { ...project.model, services: Object.fromEntries(services) } };
}
