import type { ContainerSpec } from '../../model/container.ts';
import { badRequest } from '../errors.ts';
import type { BodyReader } from './body-reader.ts';
import { endpointSettings } from './endpoint.ts';

type Networking = Pick<ContainerSpec, 'networkMode' | 'endpoints'>;

/** `HostConfig.NetworkMode` and `NetworkingConfig` together: to which networks, in which order. */
export function networking(body: BodyReader): Networking {
  const networkMode = modeOf(body);
  if (['host', 'none'].includes(networkMode) || networkMode.startsWith('container:')) {
    refuseAliases(body);
    return { networkMode, endpoints: [] };
  }
  const wanted = body.object('NetworkingConfig').object('EndpointsConfig');
  const main = mainNetwork(networkMode);
  const asked = wanted.names().map((name) => ({
    network: name === 'default' ? main : name,
    settings: endpointSettings(wanted.object(name)),
  }));
  const nothing = [{ network: main, settings: { aliases: [] } }];
  const endpoints = asked.length === 0 ? nothing : mainFirst(asked, networkMode);
  return { networkMode, endpoints: withOldMacAddress(endpoints, body.text('MacAddress')) };
}

function refuseAliases(body: BodyReader): void {
  const wanted = body.object('NetworkingConfig').object('EndpointsConfig');
  for (const name of wanted.names()) {
    if (!['host', 'none'].includes(name) || wanted.object(name).list('Aliases').length === 0) continue;
    throw badRequest('network-scoped alias is supported only for containers in user defined networks');
  }
}

/** Before API 1.44 the address of the first interface stood beside the networks. */
function withOldMacAddress(endpoints: Networking['endpoints'], macAddress: string): Networking['endpoints'] {
  const [first, ...rest] = endpoints;
  if (macAddress === '' || first === undefined || first.settings.macAddress !== undefined) return endpoints;
  return [{ ...first, settings: { ...first.settings, macAddress } }, ...rest];
}

function modeOf(body: BodyReader): string {
  const mode = body.object('HostConfig').text('NetworkMode') || 'default';
  if (body.flag('NetworkDisabled')) return 'none';
  if (mode === 'container' || mode === 'container:')
    throw badRequest('Invalid network mode: invalid container format container:<name|id>');
  return mode;
}

function mainNetwork(mode: string): string {
  return mode === 'default' ? 'bridge' : mode;
}

/** Go clients sort the map of endpoints by name; the network of the mode is what they mean to come first. */
function mainFirst(asked: Networking['endpoints'], mode: string): Networking['endpoints'] {
  const main = mainNetwork(mode);
  const named = asked.find(({ network }) => network === main);
  if (named) return [named, ...asked.filter((endpoint) => endpoint !== named)];
  if (mode === 'default' || mode === 'bridge') return asked;
  return [{ network: main, settings: { aliases: [] } }, ...asked];
}

/** Docker's refusals of settings that a foreign or missing network namespace makes void. */
export function refuseConflicts(spec: ContainerSpec): void {
  const conflicts = conflictsOf(spec);
  const found = conflicts.find(([present]) => present);
  if (found) throw badRequest(`conflicting options: ${found[1]}`);
}

function conflictsOf(spec: ContainerSpec): readonly (readonly [boolean, string])[] {
  const joins = spec.networkMode.startsWith('container:');
  const host = spec.networkMode === 'host';
  return [
    [joins && spec.hostname !== '', 'hostname and the network mode'],
    [host && spec.security.utsMode === 'host' && spec.hostname !== '', 'hostname and the UTS mode'],
    [
      joins && spec.links.length > 0,
      "container type network can't be used with links. This would result in undefined behavior",
    ],
    [
      host && spec.links.length > 0,
      "host type networking can't be used with links. This would result in undefined behavior",
    ],
    [joins && spec.dns.length > 0, 'dns and the network mode'],
    [joins && spec.extraHosts.length > 0, 'custom host-to-IP mapping and the network mode'],
    [(joins || host) && spec.macAddress !== undefined, 'mac-address and the network mode'],
    [joins && spec.ports.length > 0, 'port publishing and the container type network mode'],
    [joins && spec.publishAllPorts, 'port publishing and the container type network mode'],
    [joins && spec.exposedPorts.length > 0, 'port exposing and the container type network mode'],
  ];
}
