import type { Provided } from '../client/provider-program.ts';
import type { Project } from '../model/compose.ts';
import type { Plan } from '../model/plan.ts';
import { dependencyGraph, orderedServices } from '../plan/dependencies.ts';
import { hasProvider, planProviders } from '../plan/providers.ts';
import type { UpRequest } from '../plan/request.ts';
import { ContainerEvents } from './container-events.ts';
import type { StackContext } from './context.ts';
import { leading } from './errors.ts';
import { execute } from './execute.ts';
import { explainFailure } from './explain.ts';
import { containersBelow, withProvided, type ShowWork } from './providers.ts';
import { carryOut, planForUp } from './up.ts';

/**
 * Asks the providers of a run, each when what it depends on is up, and resolves with the project that has what they
 * set. What they set is part of a service's configuration: a container is made anew when it changes.
 */
export async function bringProviders(
  context: StackContext,
  request: UpRequest,
  show: ShowWork,
): Promise<Project> {
  const graph = dependencyGraph(context.project.model);
  const services = orderedServices({
    project: context.project,
    graph,
    wanted: request.services,
    withDependencies: !request.noDeps,
  });
  let { project } = context;
  const broughtUp = new Set<string>();
  for (const batch of batchesOf(project, services)) {
    const below = batch
      .flatMap((provider) => containersBelow(project, graph, provider))
      .filter((name) => services.includes(name) && !broughtUp.has(name));
    const own = { ...context, project };
    if (below.length > 0) {
      const wanted = { ...request, services: [...new Set(below)], noDeps: true, wait: true, provided: true };
      const plan = await planForUp(own, wanted);
      await show(plan, (emit) => carryOut({ ...own, emit }, plan, undefined));
      for (const name of below) broughtUp.add(name);
    }
    const plan = planProviders({ project, graph, services: batch });
    const provided = new Map<string, Provided>();
    await show(plan, async (emit) => {
      await askProviders({ ...own, emit }, plan, provided);
      project = withProvided(own.project, provided, (text) => emit({ type: 'note', level: 'warning', text }));
    });
  }
  return project;
}

/** Providers that can be asked together: between them in the order is nothing that has a container. */
function batchesOf(project: Project, services: readonly string[]): string[][] {
  const batches: string[][] = [];
  const graph = dependencyGraph(project.model);
  let below = '';
  for (const name of services.filter((service) => hasProvider(project.model.services[service]))) {
    const needs = containersBelow(project, graph, name).sort().join(' ');
    const last = batches.at(-1);
    if (last && needs === below) last.push(name);
    else batches.push([name]);
    below = needs;
  }
  return batches;
}

async function askProviders(
  context: StackContext,
  plan: Plan,
  provided: Map<string, Provided>,
): Promise<void> {
  const { client, project, emit, signal } = context;
  const events = new ContainerEvents(client, project.name);
  try {
    const execution = await execute(plan, { client, events, emit, signal, project, provided });
    signal.throwIfAborted();
    const errors = execution.failures.flatMap((failure) => explainFailure(project, failure, execution));
    const error = leading(errors);
    if (error ?? execution.failures[0]) throw error ?? execution.failures[0]?.error;
  } finally {
    events.close();
  }
}
