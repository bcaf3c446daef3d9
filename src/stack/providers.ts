import { callProvider, type Provided, type ProviderCommand } from '../client/provider-program.ts';
import type { Project, ServiceModel } from '../model/compose.ts';
import type { Plan } from '../model/plan.ts';
import type { ProgressEvent } from '../model/progress.ts';
import { dependencyGraph, type DependencyGraph } from '../plan/dependencies.ts';
import { decodeDefinition } from '../plan/definition.ts';
import { label, serviceOf } from '../plan/labels.ts';
import type { ObservedContainer } from '../plan/observed.ts';
import { hasProvider, PROVIDED, providersOf } from '../plan/providers.ts';

/** Shows a plan while the work is done. */
export type ShowWork = (
  plan: Plan,
  work: (emit: (event: ProgressEvent) => void) => Promise<void>,
) => Promise<void>;

/** The variables that providers set for a service. */
export function providedTo(service: ServiceModel): Readonly<Record<string, string>> {
  return (service[PROVIDED] ?? {}) as Readonly<Record<string, string>>;
}

/**
 * Has the program behind a service do something. Resolves with the words for what was done.
 * @throws {UsageError} PROVIDER_MISSING, PROVIDER_OPTION
 * @throws {ServiceError} PROVIDER_FAILED
 */
export async function runProvider(
  context: {
    readonly project?: Project | undefined;
    readonly emit: (event: ProgressEvent) => void;
    readonly signal: AbortSignal;
    readonly provided?: Map<string, Provided> | undefined;
  },
  service: string,
  command: ProviderCommand,
): Promise<string> {
  const { project, emit, signal } = context;
  const model = project?.model.services[service];
  if (!project || !model) return 'not in the files';
  const { type = '', options = {} } = (model['provider'] ?? {}) as Provider;
  const provided = await callProvider({
    service,
    project: project.name,
    type,
    options: Object.fromEntries(Object.entries(options).map(([name, value]) => [name, textsOf(value)])),
    command,
    env: { ...project.environment },
    definition: model,
    signal,
    tell: (text) => emit({ type: 'output', from: service, stream: 'stderr', text }),
  });
  if (command === 'up' && provided) context.provided?.set(service, provided);
  const words = { up: 'provided', stop: 'stopped', down: 'removed' };
  return provided ? words[command] : 'left as it is: its provider knows no stop';
}

interface Provider {
  readonly type?: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** The project with what providers set for the services that depend on them. */
export function withProvided(
  project: Project,
  provided: ReadonlyMap<string, Provided>,
  warn: (text: string) => void,
): Project {
  const graph = dependencyGraph(project.model);
  const services = Object.entries(project.model.services).map(([name, service]) => {
    const added: Record<string, string> = { ...providedTo(service) };
    for (const [provider, { prefixed, raw }] of provided) {
      if (!graph.get(name)?.[provider]) continue;
      const prefix = `${provider.toUpperCase()}_`;
      for (const [key, value] of Object.entries(prefixed)) added[prefix + key] = value;
      for (const [key, value] of Object.entries(raw)) {
        const before = added[key] ?? service.environment?.[key];
        if (before !== undefined && before !== value)
          warn(`provider "${provider}" overrides environment variable "${key}" in service "${name}"`);
        added[key] = value;
      }
    }
    const isGiven = Object.keys(graph.get(name) ?? {}).some((other) => provided.has(other));
    return [name, isGiven ? { ...service, [PROVIDED]: added } : service] as const;
  });
  return { ...project, model: { ...project.model, services: Object.fromEntries(services) } };
}

/** What a provider sets is known only when it has run; where it has not, the containers know what it said last. */
export function withRemembered(project: Project, containers: readonly ObservedContainer[]): Project {
  if (providersOf(project).length === 0) return project;
  const graph = dependencyGraph(project.model);
  const services = Object.entries(project.model.services).map(([name, service]) => {
    const isToKnow =
      service[PROVIDED] === undefined &&
      Object.keys(graph.get(name) ?? {}).some((other) => hasProvider(project.model.services[other]));
    const known = isToKnow ? containers.find((container) => serviceOf(container) === name) : undefined;
    const said = decodeDefinition(known?.labels[label.definition])?.[PROVIDED];
    return [name, said === undefined ? service : { ...service, [PROVIDED]: said }] as const;
  });
  return { ...project, model: { ...project.model, services: Object.fromEntries(services) } };
}

/** The services with containers that a service needs, directly or not. */
export function containersBelow(project: Project, graph: DependencyGraph, service: string): string[] {
  const found = new Set<string>();
  const add = (name: string): void => {
    for (const dependency of Object.keys(graph.get(name) ?? {})) {
      if (found.has(dependency)) continue;
      found.add(dependency);
      add(dependency);
    }
  };
  add(service);
  return [...found].filter((name) => !hasProvider(project.model.services[name]));
}
