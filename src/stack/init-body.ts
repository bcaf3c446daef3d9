import type Dockerode from 'dockerode';
import type { Project, ServiceModel, ServiceNetworkModel } from '../model/compose.ts';
import { label } from '../plan/labels.ts';
import { createContainerBody } from './create-body.ts';
import { textsOf } from './values.ts';

/** What a container that only prepares for a service has of it: not what makes the service reachable or lasting. */
const notForHooks = [
  'command',
  'entrypoint',
  'container_name',
  'ports',
  'healthcheck',
  'restart',
  'scale',
  'deploy',
  'mac_address',
];

/**
 * `POST /containers/create` for a `pre_start` hook: the networks, volumes, files and environment of its service; user
 * and folder too where it runs the service's image. Anonymous volumes are those of the replica that is about to start.
 */
export function initContainerBody(
  project: Project,
  wanted: { service: string; replica: string; index: number },
): Dockerode.ContainerCreateOptions {
  const service = initService(project, wanted);
  const model = { ...project.model, services: { ...project.model.services, [wanted.service]: service } };
  const name = `${wanted.replica}-pre_start-${wanted.index}`;
  const about = { service: wanted.service, number: 1, name, imageId: '' };
  const body = createContainerBody({ ...project, model }, about);
  const others: unknown = body.HostConfig?.VolumesFrom;
  const from = [...(textsOf(others) ?? []), wanted.replica];
  return {
    ...body,
    Labels: {
      ...without(body.Labels ?? {}, [label.number]),
      [label.oneOff]: 'True',
      [label.hook]: 'pre_start',
    },
    HostConfig: { ...body.HostConfig, VolumesFrom: from },
    NetworkingConfig: { EndpointsConfig: withoutAliases(body.NetworkingConfig?.EndpointsConfig ?? {}) },
  };
}

/** The service as its hook runs it. */
function initService(project: Project, wanted: { service: string; index: number }): ServiceModel {
  const service = project.model.services[wanted.service] ?? {};
  const hook = service.pre_start?.[wanted.index] ?? {};
  const isOwnImage = hook.image === undefined || hook.image === service.image;
  const dropped = [...notForHooks, ...(isOwnImage ? [] : ['user', 'working_dir'])];
  const { user, privileged, working_dir: workingDir, image = service.image } = hook;
  return {
    ...without(service, dropped),
    ...(image !== undefined && { image }),
    ...(service.networks && { networks: withoutAddresses(service.networks) }),
    ...(hook.command && { command: hook.command }),
    ...(user !== undefined && { user }),
    ...(privileged !== undefined && { privileged }),
    ...(workingDir !== undefined && { working_dir: workingDir }),
    environment: { ...service.environment, ...hook.environment },
  };
}

/** Fixed addresses belong to the service. */
function withoutAddresses(
  networks: Readonly<Record<string, ServiceNetworkModel | null>>,
): Record<string, ServiceNetworkModel> {
  const fixed = ['ipv4_address', 'ipv6_address', 'mac_address'];
  return mapValues(networks, (network) => without(network ?? {}, fixed));
}

/** Nobody is to reach the service's name before the service is there. */
function withoutAliases(endpoints: Dockerode.EndpointsConfig): Dockerode.EndpointsConfig {
  return mapValues(endpoints, (settings) => without(settings, ['Aliases']));
}

function without<T extends object>(map: T, keys: readonly string[]): T {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key))) as T;
}

function mapValues<T, R>(map: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
