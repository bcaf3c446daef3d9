import type { Project } from '../model/compose.ts';
import { dependencyGraph, orderedServices } from '../plan/dependencies.ts';
import { withDefaultBind } from './default-bind.ts';
import { withHealthyNames } from './healthy-names.ts';
import { withGrantDigests } from './grants.ts';

/**
 * The project as plans and requests are made of it: with what is not written in the file but is part of it. `wanted`:
 * the services that it is about, with what they depend on; what others are granted need not be there. Empty: all.
 * @throws {UsageError} SERVICE_UNKNOWN
 */
export function preparedProject(project: Project, wanted: readonly string[] = []): Project {
  const graph = dependencyGraph(project.model);
  const services = orderedServices({ project, graph, wanted, withDependencies: true });
  return withGrantDigests(withHealthyNames(withDefaultBind(project)), services);
}
