import type Dockerode from 'dockerode';
import type { NetworkModel, Project } from '../model/compose.ts';
import { digestOf, encodeDefinition, objectDefinition } from '../plan/definition.ts';
import { label } from '../plan/labels.ts';
import { containerName, networkName, volumeName } from '../plan/names.ts';
import type { BodyMaker } from '../plan/request.ts';
import { createContainerBody } from './create-body.ts';
import { endpointsConfig } from './endpoints-body.ts';
import { initContainerBody } from './init-body.ts';
import { defined } from './values.ts';

/** Makes the requests of the Docker Engine API for the objects of a project. */
export function bodyMaker(project: Project): BodyMaker {
  return {
    network: (key) => networkBody(project, key),
    volume: (key) => volumeBody(project, key),
    container: (wanted) => createContainerBody(project, wanted),
    endpoint: ({ service, number, network }) => {
      const model = project.model.services[service] ?? {};
      const name = containerName({ project, service, number });
      return endpointsConfig(project, { service, number, name, imageId: '' }, model)[network] ?? {};
    },
    initContainer: (wanted) => initContainerBody(project, wanted),
  };
}

/** `POST /networks/create`. */
export function networkBody(project: Project, key: string): Dockerode.NetworkCreateOptions {
  const network = project.model.networks?.[key] ?? {};
  const labels = { ...network.labels, ...objectLabels(project, network), [label.network]: key };
  return defined({
    Name: networkName(project, key),
    CheckDuplicate: true,
    Driver: network.driver ?? 'bridge',
    Internal: network.internal,
    Attachable: network.attachable,
    EnableIPv4: network.enable_ipv4,
    EnableIPv6: network.enable_ipv6,
    IPAM: ipamBody(network),
    Options: network.driver_opts && { ...network.driver_opts },
    Labels: labels,
  }) as Dockerode.NetworkCreateOptions;
}

/** `POST /volumes/create`. */
export function volumeBody(project: Project, key: string): Dockerode.VolumeCreateOptions {
  const volume = project.model.volumes?.[key] ?? {};
  return defined({
    Name: volumeName(project, key),
    Driver: volume.driver ?? 'local',
    DriverOpts: volume.driver_opts && { ...volume.driver_opts },
    Labels: { ...volume.labels, ...objectLabels(project, volume), [label.volume]: key },
  });
}

function objectLabels(project: Project, object: object): Record<string, string> {
  const definition = objectDefinition(object);
  return {
    [label.project]: project.name,
    [label.configHash]: digestOf(definition),
    [label.definition]: encodeDefinition(definition),
  };
}

function ipamBody(network: NetworkModel): object | undefined {
  if (!network.ipam) return undefined;
  return defined({
    Driver: network.ipam.driver ?? 'default',
    Options: network.ipam.options,
    Config: network.ipam.config?.map((pool) =>
      defined({
        Subnet: pool.subnet,
        IPRange: pool.ip_range,
        Gateway: pool.gateway,
        AuxiliaryAddresses: pool.aux_addresses,
      }),
    ),
  });
}
