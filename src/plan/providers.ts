import type { Project, ServiceModel } from '../model/compose.ts';
import type { Cause, Plan, ResourceAddress } from '../model/plan.ts';
import { PlanBuilder, type Draft } from './builder.ts';
import type { DependencyGraph } from './dependencies.ts';

/** Where the variables stand that providers set for a service; see `withProvided` of the stack. */
export const PROVIDED = 'x-provided';

/** Whether a program of its own stands behind the service, and no container. */
export function hasProvider(service: ServiceModel | undefined): boolean {
  return service?.['provider'] !== undefined;
}

export function providersOf(project: Project | undefined): string[] {
  const services = project?.model.services ?? {};
  return Object.keys(services).filter((name) => hasProvider(services[name]));
}

/** Brings up services that have a provider, those first that others of them depend on. */
export function planProviders(about: {
  project: Project;
  graph: DependencyGraph;
  /** In dependency order. */
  services: readonly string[];
}): Plan {
  const builder = new PlanBuilder(about.project.name);
  const drafts = new Map<string, Draft>();
  for (const service of about.services) {
    const needs = Object.keys(about.graph.get(service) ?? {}).map((name) => drafts.get(name));
    drafts.set(service, addProviderUp({ ...about, builder }, service, needs));
  }
  return builder.finish();
}

export function addProviderUp(
  { project, builder }: { project: Project; builder: PlanBuilder },
  service: string,
  needs: readonly (Draft | undefined)[] = [],
): Draft {
  const at = project.at(['services', service, 'provider']);
  const cause = { text: 'asked on every run', ...(at && { at }) };
  const resource = providerAddress(service);
  builder.change({ resource, verdict: 'start', cause });
  return builder.add({ resource, detail: { kind: 'run-provider', command: 'up' }, cause, needs });
}

/**
 * Ends of services that have a provider: after the stops of what depends on them. Returns what the stops of their own
 * dependencies have to come after.
 */
export function addProviderEnds(about: {
  builder: PlanBuilder;
  project: Project | undefined;
  /** Empty: all. */
  services: readonly string[];
  command: 'stop' | 'down';
  cause: Cause;
}): Map<string, Draft> {
  const { builder, services, command, cause } = about;
  const ending = providersOf(about.project).filter(
    (name) => services.length === 0 || services.includes(name),
  );
  return new Map(
    ending.map((name) => {
      const resource = providerAddress(name);
      builder.change({ resource, verdict: command === 'stop' ? 'stop' : 'remove', cause });
      return [name, builder.add({ resource, detail: { kind: 'run-provider', command }, cause })] as const;
    }),
  );
}

/** Orders the ends of providers among themselves and after the stops of containers that depend on them. */
export function orderProviderEnds(
  ends: ReadonlyMap<string, Draft>,
  graph: DependencyGraph,
  stops: readonly { readonly service: string; readonly draft: Draft }[],
): void {
  for (const [provider, end] of ends) {
    for (const { service, draft } of stops) if (graph.get(service)?.[provider]) end.after.push(draft);
    for (const [other, draft] of ends) if (graph.get(other)?.[provider]) end.after.push(draft);
  }
}

/** The ends of providers that a service's own stop comes after: of those that depend on it. */
export function dependentEnds(
  ends: ReadonlyMap<string, Draft>,
  graph: DependencyGraph,
  service: string,
): Draft[] {
  return [...ends].filter(([provider]) => graph.get(provider)?.[service]).map(([, draft]) => draft);
}

function providerAddress(service: string): ResourceAddress {
  return { kind: 'provider', name: service, key: service };
}
