import type Docker from 'dockerode';
import type { ContainerRecord } from '../../model/container.ts';
import type {
  EndpointRecord,
  IpamConfig,
  IpamPool,
  NetworkRecord,
  NetworkSpec,
} from '../../model/network.ts';
import { EngineError } from '../../model/errors.ts';
import { badRequest, notSupported } from '../errors.ts';
import type { BodyReader } from './body-reader.ts';

const PREDEFINED = ['bridge', 'host', 'none'];
const DRIVERS: readonly string[] = ['bridge', 'host', 'null', 'macvlan'] satisfies NetworkSpec['driver'][];

/** Networks that are always there. */
export function isPredefined(name: string): boolean {
  return PREDEFINED.includes(name);
}

/** `POST /networks/create`. */
export function networkSpec(body: BodyReader): NetworkSpec {
  const name = body.text('Name');
  if (name.trim() === '') throw badRequest('invalid network name: the name is empty');
  refuseSwarmKinds(body);
  const ipam = body.object('IPAM');
  const ipamDriver = ipam.text('Driver');
  if (!['', 'default'].includes(ipamDriver)) throw pluginNotFound(ipamDriver);
  return {
    name,
    driver: driverOf(body.text('Driver') || 'bridge'),
    internal: body.flag('Internal'),
    attachable: body.flag('Attachable'),
    enableIPv4: body.has('EnableIPv4') ? body.flag('EnableIPv4') : true,
    enableIPv6: body.flag('EnableIPv6'),
    ipam: ipam.objects('Config').map(ipamConfig),
    ...(ipam.has('Options') && { ipamOptions: ipam.texts('Options') }),
    options: body.texts('Options'),
    labels: body.texts('Labels'),
  };
}

function driverOf(name: string): NetworkSpec['driver'] {
  if (!DRIVERS.includes(name)) throw pluginNotFound(name);
  return name as NetworkSpec['driver'];
}

function pluginNotFound(name: string): EngineError {
  const instead: Readonly<Record<string, string>> = {
    overlay: 'An overlay joins several machines and Berth runs on one: leave the driver out to get a bridge.',
    ipvlan:
      'Berth has no ipvlan: macvlan puts containers on the LAN (-d macvlan -o parent=eth0), and a bridge with -o com.docker.network.bridge.gateway_mode_ipv4=routed gives them addresses that it routes to.',
  };
  // Docker's clients show the text alone.
  const advice = instead[name] === undefined ? '' : `: ${instead[name]}`;
  return new EngineError(404, 'PLUGIN_NOT_FOUND', `plugin "${name}" not found${advice}`, {
    ...(advice === '' && {
      hint: `Berth has the network drivers ${DRIVERS.join(', ')} and its own address management.`,
    }),
  });
}

function refuseSwarmKinds(body: BodyReader): void {
  if (body.flag('Ingress')) throw notSupported('an ingress network');
  if (body.flag('ConfigOnly') || body.object('ConfigFrom').text('Network') !== '') {
    throw notSupported('a configuration-only network');
  }
  if (!['', 'local'].includes(body.text('Scope')))
    throw notSupported(`a network of scope ${body.text('Scope')}`);
}

function ipamConfig(body: BodyReader): IpamConfig {
  const subnet = body.text('Subnet');
  const ipRange = body.text('IPRange');
  const gateway = body.text('Gateway');
  const auxAddresses = { ...body.texts('AuxAddress'), ...body.texts('AuxiliaryAddresses') };
  return {
    ...(subnet && { subnet }),
    ...(ipRange && { ipRange }),
    ...(gateway && { gateway }),
    ...(Object.keys(auxAddresses).length > 0 && { auxAddresses }),
  };
}

export type NetworkBody = Omit<Docker.NetworkInspectInfo, 'IPAM'> & {
  readonly EnableIPv4: boolean;
  readonly IPAM: { Driver: string; Options: object | null; Config: object[] | null };
};

/** `GET /networks/{id}`; the list has the same without containers. */
export function networkInspect(
  network: NetworkRecord,
  endpoints: readonly { container: ContainerRecord; endpoint: EndpointRecord }[],
): NetworkBody {
  const { spec } = network;
  return {
    Name: spec.name,
    Id: network.id,
    Created: network.created,
    Scope: 'local',
    Driver: spec.driver,
    EnableIPv4: spec.enableIPv4,
    EnableIPv6: spec.enableIPv6,
    IPAM: {
      Driver: 'default',
      Options: spec.driver === 'host' || spec.driver === 'null' ? null : { ...spec.ipamOptions },
      Config: network.pools.length > 0 ? network.pools.map(poolBody) : null,
    },
    Internal: spec.internal,
    Attachable: spec.attachable,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: Object.fromEntries(
      endpoints.map(({ container, endpoint }) => [container.id, attached(container, endpoint)]),
    ),
    Options: { ...spec.options },
    Labels: { ...spec.labels },
  };
}

function poolBody(pool: IpamPool): { Subnet: string; Gateway: string; IPRange?: string } {
  return {
    Subnet: pool.subnet,
    ...(pool.ipRange !== undefined && { IPRange: pool.ipRange }),
    Gateway: pool.gateway,
    ...(pool.auxAddresses && { AuxiliaryAddresses: { ...pool.auxAddresses } }),
  };
}

function attached(container: ContainerRecord, endpoint: EndpointRecord): Docker.NetworkContainer {
  return {
    Name: container.spec.name,
    EndpointID: endpoint.id,
    MacAddress: endpoint.macAddress,
    IPv4Address: cidr(endpoint.ipv4Address, endpoint.ipv4PrefixLength),
    IPv6Address: cidr(endpoint.ipv6Address, endpoint.ipv6PrefixLength),
  };
}

function cidr(address: string, prefixLength: number): string {
  return address === '' ? '' : `${address}/${prefixLength}`;
}
