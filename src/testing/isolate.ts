import type {
  NetworkModel,
  PortModel,
  Project,
  ServiceModel,
  ServiceNetworkModel,
  VolumeModel,
} from '../model/compose.ts';
import { LEASE_LABEL } from '../model/lease.ts';
import type { StackOptions } from './options.ts';

type Fixed = NonNullable<StackOptions['fixed']>;
type Variables = Readonly<Record<string, string | number | boolean>>;

/**
 * The project as one of many that run side by side: free ports on 127.0.0.1, names of its own for containers, networks
 * and volumes, addresses of its own, and the label of its lease on everything. What is external stays. Pure.
 */
export function isolated(
  project: Project,
  about: { readonly lease: string; readonly options: StackOptions },
): Project {
  const { lease, options } = about;
  const fixed = options.fixed ?? [];
  const { model } = project;
  const added: Readonly<Record<string, Variables | undefined>> = options.env ?? {};
  const services = mapValues(model.services, (service, name) =>
    labelled(isolatedService(withEnvironment(service, added[name]), fixed), lease),
  );
  const named = <T extends { readonly external?: boolean; readonly name?: string }>(
    object: T,
    key: string,
  ): T =>
    object.external === true || fixed.includes('names')
      ? object
      : { ...object, name: `${project.name}_${key}` };
  const networks = mapValues(model.networks ?? {}, (network, key) =>
    ownNetwork(named(network, key), { lease, fixed }),
  );
  const volumes = mapValues(model.volumes ?? {}, (volume, key): VolumeModel =>
    volume.external === true ? volume : labelled(named(volume, key), lease),
  );
  return { ...project, model: { ...model, services, networks, volumes } };
}

function isolatedService(service: ServiceModel, fixed: Fixed): ServiceModel {
  const { container_name: name } = service;
  const freed: ServiceModel = {
    ...service,
    ...(service.ports && !fixed.includes('ports') && { ports: service.ports.map(freePort) }),
    ...(service.networks &&
      !fixed.includes('addresses') && { networks: mapValues(service.networks, freeAddress) }),
  };
  if (name === undefined || fixed.includes('names')) return freed;
  return { ...without(freed, 'container_name'), ...aliases(freed, name) };
}

/** Its neighbours go on calling it by the name that its container had. */
function aliases({ networks }: ServiceModel, name: string): Partial<ServiceModel> {
  if (!networks) return {};
  return {
    networks: mapValues(networks, (network): ServiceNetworkModel => ({
      ...network,
      aliases: [...(network?.aliases ?? []), name],
    })),
  };
}

function freePort(port: PortModel): PortModel {
  return { ...without(port, 'published'), host_ip: port.host_ip ?? '127.0.0.1' };
}

function freeAddress(network: ServiceNetworkModel | null): ServiceNetworkModel | null {
  if (!network) return network;
  return without(without(network, 'ipv4_address'), 'ipv6_address');
}

function ownNetwork(network: NetworkModel, about: { lease: string; fixed: Fixed }): NetworkModel {
  if (network.external === true) return network;
  const own = labelled(network, about.lease);
  return about.fixed.includes('addresses') ? own : without(own, 'ipam');
}

function withEnvironment(service: ServiceModel, added: Variables | undefined): ServiceModel {
  if (!added) return service;
  const texts = mapValues(added, String);
  return { ...service, environment: { ...service.environment, ...texts } };
}

function labelled<T extends { labels?: Readonly<Record<string, string>> }>(object: T, lease: string): T {
  return { ...object, labels: { ...object.labels, [LEASE_LABEL]: lease } };
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  change: (value: A, key: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

function without<T extends object>(object: T, key: keyof T): T {
  const rest = { ...object };
  Reflect.deleteProperty(rest, key);
  return rest;
}
