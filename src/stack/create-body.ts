import type Dockerode from 'dockerode';
import type { DependencyModel, HealthcheckModel, Project, ServiceModel } from '../model/compose.ts';
import { digestOf, encodeDefinition, serviceDefinition } from '../plan/definition.ts';
import { dependencyGraph } from '../plan/dependencies.ts';
import { label } from '../plan/labels.ts';
import type { WantedContainer } from '../plan/request.ts';
import { endpointsConfig, exposedPorts } from './endpoints-body.ts';
import { grantedFileBodies } from './grants.ts';
import { providedTo } from './providers.ts';
import { hostConfig } from './host-config.ts';
import { defined, durationNs, textOf, textsOf } from './values.ts';

/**
 * `POST /containers/create` for one replica of a service.
 * @see https://docs.docker.com/reference/api/engine/version/v1.43/#tag/Container/operation/ContainerCreate
 */
export function createContainerBody(
  project: Project,
  wanted: WantedContainer,
): Dockerode.ContainerCreateOptions {
  const service = project.model.services[wanted.service] ?? {};
  const endpoints = endpointsConfig(project, wanted, service);
  const body = {
    name: wanted.name,
    platform: textOf(service['platform']),
    Image: service.image,
    Cmd: service.command ? [...service.command] : undefined,
    Entrypoint: service.entrypoint ? [...service.entrypoint] : undefined,
    Env: environmentTexts({ ...service.environment, ...providedTo(service) }),
    WorkingDir: service.working_dir,
    User: service.user,
    Hostname: service.hostname,
    Domainname: service.domainname,
    Tty: service['tty'] === true,
    OpenStdin: service['stdin_open'] === true,
    StopSignal: service.stop_signal,
    StopTimeout: stopTimeout(service.stop_grace_period),
    Labels: labelsFor(project, service, wanted),
    Annotations: service['annotations'],
    ExposedPorts: exposedPorts(service),
    Healthcheck: healthConfig(service.healthcheck),
    HostConfig: hostConfig({ project, service, wanted }),
    BerthFiles: grantedFileBodies(project, service),
    NetworkingConfig: { EndpointsConfig: endpoints },
  };
  return defined(body);
}

/** `K=V`; a bare `K` takes the variable of the image away. */
export function environmentTexts(environment: Readonly<Record<string, string | null>>): string[] {
  return Object.entries(environment).map(([key, value]) => (value === null ? key : `${key}=${value}`));
}

function stopTimeout(period: string | undefined): number | undefined {
  const ns = durationNs(period);
  return ns === undefined ? undefined : Math.ceil(ns / 1e9);
}

function healthConfig(healthcheck: HealthcheckModel | undefined): Dockerode.HealthConfig | undefined {
  if (!healthcheck) return undefined;
  if (healthcheck.disable) return { Test: ['NONE'] };
  return defined({
    Test: textsOf(healthcheck.test) ?? [],
    Interval: durationNs(healthcheck.interval),
    Timeout: durationNs(healthcheck.timeout),
    StartPeriod: durationNs(healthcheck.start_period),
    StartInterval: durationNs(healthcheck.start_interval),
    Retries: healthcheck.retries,
  });
}

function labelsFor(project: Project, service: ServiceModel, wanted: WantedContainer): Record<string, string> {
  const definition = serviceDefinition(project, service);
  const dependencies = dependencyGraph(project.model).get(wanted.service) ?? {};
  return {
    ...service.labels,
    [label.project]: project.name,
    [label.service]: wanted.service,
    [label.number]: String(wanted.number),
    [label.oneOff]: 'False',
    [label.configHash]: digestOf(definition),
    [label.definition]: encodeDefinition(definition),
    [label.dependsOn]: dependencyTexts(dependencies),
    [label.image]: wanted.imageId,
    [label.workingDir]: project.workingDir,
    [label.configFiles]: project.files.join(','),
    ...(wanted.replaces && { [label.replace]: wanted.replaces.name }),
  };
}

function dependencyTexts(dependencies: Readonly<Record<string, DependencyModel>>): string {
  return Object.entries(dependencies)
    .map(([name, { condition, restart }]) => `${name}:${condition}:${String(restart ?? false)}`)
    .join(',');
}
