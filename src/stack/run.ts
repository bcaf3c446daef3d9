import { randomBytes } from 'node:crypto';
import type Dockerode from 'dockerode';
import type { Project } from '../model/compose.ts';
import { ServiceError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import { dependencyGraph, orderedServices } from '../plan/dependencies.ts';
import { imageMissing, noImage, unknownService } from '../plan/errors.ts';
import { isOneOff, label, serviceOf } from '../plan/labels.ts';
import { joinedName } from '../plan/names.ts';
import { planUp } from '../plan/plan-up.ts';
import { bodyMaker } from './bodies.ts';
import { ContainerEvents } from './container-events.ts';
import type { StackContext } from './context.ts';
import { createContainerBody } from './create-body.ts';
import { preparedProject } from './prepared.ts';
import { handOver } from './hand-over.ts';
import { inspectImage, observe } from './observe.ts';
import { observeBuilds } from './observe-builds.ts';
import { oneOffService, type RunOverrides } from './run-spec.ts';
import { waitFor } from './waits.ts';

export interface RunOptions extends RunOverrides {
  readonly service: string;
  readonly name?: string | undefined;
  readonly noDeps?: boolean | undefined;
  /** When it has ended: by the engine with `detach`, by the caller otherwise, who asks for the exit code first. */
  readonly remove?: boolean | undefined;
  readonly detach?: boolean | undefined;
  /** The service's names lead to the one-off as well. */
  readonly useAliases?: boolean | undefined;
  readonly removeOrphans?: boolean | undefined;
  readonly ignoreOrphans?: boolean | undefined;
}

/**
 * What a one-off needs before it starts: networks, volumes, and the services that its own depends on.
 * @throws {UsageError} SERVICE_UNKNOWN
 */
export async function planForRun(context: StackContext, options: RunOptions): Promise<Plan> {
  const { client } = context;
  const project = preparedProject(context.project, [options.service]);
  const { service, noDeps, removeOrphans, ignoreOrphans } = options;
  if (!(service in project.model.services)) throw unknownService(project, service);
  const [observed, builds] = await Promise.all([
    observe(client, { projectName: project.name, project }),
    observeBuilds(client, project, { services: noDeps ? [service] : servicesFor(project, service) }),
  ]);
  // The service's own replicas are none of its business: as if there were none, and none were wanted.
  const others = observed.containers.filter(
    (container) => serviceOf(container) !== service || isOneOff(container),
  );
  const request = {
    services: [service],
    scale: { [service]: 0 },
    provided: true,
    built: true,
    ...(noDeps !== undefined && { noDeps }),
    ...(removeOrphans !== undefined && { removeOrphans }),
    ...(ignoreOrphans !== undefined && { ignoreOrphans }),
  };
  return planUp({
    project,
    observed: { ...observed, builds, containers: others },
    bodies: bodyMaker(project),
    request,
  });
}

function servicesFor(project: Project, service: string): string[] {
  const graph = dependencyGraph(project.model);
  return orderedServices({ project, graph, wanted: [service], withDependencies: true });
}

/** Waits until what the service depends on has reached what it wants of it. */
export async function waitForDependencies(context: StackContext, service: string): Promise<void> {
  const { client, project, signal } = context;
  const dependencies = dependencyGraph(project.model).get(service) ?? {};
  if (Object.values(dependencies).every(({ condition }) => condition === 'service_started')) return;
  const events = new ContainerEvents(client, project.name);
  try {
    const { containers } = await observe(client, { projectName: project.name });
    const waits = Object.entries(dependencies).flatMap(([name, { condition, required }]) => {
      if (condition === 'service_started') return [];
      const wanted = condition === 'service_healthy' ? 'healthy' : 'completed';
      const replicas = containers.filter(
        (container) => serviceOf(container) === name && !isOneOff(container),
      );
      return replicas.map(async (container) => {
        const about = { client, events, name: container.name, service: name, signal };
        await waitFor({ ...about, condition: wanted }).catch((error: unknown) => {
          if (required || !(error instanceof ServiceError)) throw error;
        });
      });
    });
    await Promise.all(waits);
  } finally {
    events.close();
  }
}

/**
 * Makes the container of a one-off and leaves its start to the caller, who attaches to it first. Resolves with its name.
 * @throws {HostError} IMAGE_MISSING
 */
export async function createOneOff(
  context: StackContext,
  options: RunOptions,
): Promise<{ id: string; name: string }> {
  const { client } = context;
  const { service } = options;
  const whole = preparedProject(context.project, [service]);
  const model = whole.model.services[service] ?? {};
  if (model.image === undefined) throw noImage(whole, service);
  const imageId = (await inspectImage(client, model.image))?.Id;
  if (imageId === undefined) throw imageMissing({ project: whole, service, image: model.image });
  const project = withService(whole, service, oneOffService(whole, model, options));
  const name = options.name ?? joinedName(project, service, 'run', randomBytes(6).toString('hex'));
  const body = createContainerBody(project, { service, number: 1, name, imageId });
  const { id } = await client.createContainer(asOneOff(body, options));
  await handOver({ client, project }, { service, container: name, when: 'made' });
  return { id, name };
}

function withService(project: Project, name: string, service: Project['model']['services'][string]): Project {
  return {
    ...project,
    model: { ...project.model, services: { ...project.model.services, [name]: service } },
  };
}

function asOneOff(
  body: Dockerode.ContainerCreateOptions,
  options: RunOptions,
): Dockerode.ContainerCreateOptions {
  const endpoints = Object.entries(body.NetworkingConfig?.EndpointsConfig ?? {}).map(
    ([network, { Aliases, ...settings }]) =>
      [network, options.useAliases ? { ...settings, Aliases } : settings] as const,
  );
  return {
    ...body,
    AttachStdin: options.stdin && !options.detach,
    AttachStdout: true,
    AttachStderr: true,
    StdinOnce: options.stdin && !options.detach,
    Labels: { ...body.Labels, [label.oneOff]: 'True' },
    HostConfig: { ...body.HostConfig, AutoRemove: options.remove === true && options.detach === true },
    NetworkingConfig: {
      EndpointsConfig: Object.fromEntries(endpoints),
    },
  };
}
