import type { ContainerSpec } from '../../model/container.ts';
import { EngineError } from '../../model/errors.ts';
import type { EndpointRecord, EndpointSettings, IpamPool, NetworkRecord } from '../../model/network.ts';
import {
  checkEndpointSettings,
  interfaceNameFor,
  wantedInterfaceName,
} from '../../network/endpoint-options.ts';
import { macFor } from '../../network/macs.ts';
import { vethName } from '../../network/interface-names.ts';
import { endpointAddress } from './endpoint-address.ts';
import type { StepContext } from './step-context.ts';

const NO_SETTINGS: EndpointSettings = { aliases: [] };

/** What kind of sandbox a network mode asks for. */
export type SandboxMode =
  | { readonly kind: 'own' }
  | { readonly kind: 'none' }
  | { readonly kind: 'host' }
  | { readonly kind: 'container'; readonly of: string };

export function sandboxModeOf(spec: ContainerSpec): SandboxMode {
  if (spec.networkMode === 'none') return { kind: 'none' };
  if (spec.networkMode === 'host') return { kind: 'host' };
  if (spec.networkMode.startsWith('container:')) return { kind: 'container', of: spec.networkMode.slice(10) };
  return { kind: 'own' };
}

/** The networks that a container joins, in the order of its interfaces. */
export function attachmentsOf(
  context: StepContext,
  spec: ContainerSpec,
): { network: NetworkRecord; settings: EndpointSettings }[] {
  const mode = sandboxModeOf(spec);
  if (mode.kind !== 'own') {
    if (mode.kind === 'container') refusePorts(spec);
    return [];
  }
  const wanted = spec.endpoints.map(({ network, settings }) => ({
    network: context.state.findNetwork(network),
    settings,
  }));
  const primary = context.state.findNetwork(spec.networkMode || 'bridge');
  if (wanted.some(({ network }) => network.id === primary.id)) return wanted;
  return spec.networkMode === 'default' && wanted.length > 0
    ? wanted
    : [{ network: primary, settings: NO_SETTINGS }, ...wanted];
}

/** Takes addresses and interface names for the attachments. Pure: nothing exists on the host after it. */
export function decideEndpoints(
  context: StepContext,
  containerId: string,
  attachments: readonly { network: NetworkRecord; settings: EndpointSettings }[],
): EndpointRecord[] {
  // Names that were asked for are kept from those that are given.
  const taken = attachments.flatMap(({ settings }) => wantedInterfaceName(settings) ?? []);
  const chosen: string[] = [];
  return attachments.map(({ network, settings }) => {
    const isAsked = wantedInterfaceName(settings) !== undefined;
    const name = interfaceNameFor({ settings, network: network.spec }, [
      ...(isAsked ? [] : taken),
      ...chosen,
    ]);
    chosen.push(name);
    try {
      return decideEndpoint(context, { containerId, network, settings, interfaceName: name });
    } catch (error) {
      throw error instanceof EngineError && SETTINGS_CODES.includes(error.code)
        ? reworded(error, `invalid config for network ${network.spec.name}: ${error.message}`)
        : error;
    }
  });
}

const SETTINGS_CODES = ['STATIC_ADDRESS_REFUSED', 'ADDRESS_OUTSIDE_SUBNET', 'ALIASES_REFUSED'];

function reworded({ status, code, hint }: EngineError, text: string): EngineError {
  return new EngineError(status, code, text, hint === undefined ? {} : { hint });
}

export function decideEndpoint(
  context: StepContext,
  request: { containerId: string; network: NetworkRecord; settings: EndpointSettings; interfaceName: string },
): EndpointRecord {
  const { containerId, network, settings, interfaceName } = request;
  checkEndpointSettings(settings);
  if (network.spec.driver === 'null') throw privateMode();
  if (!['bridge', 'macvlan'].includes(network.spec.driver)) {
    throw new EngineError(
      403,
      'NETWORK_NOT_JOINABLE',
      'container cannot be disconnected from host network or connected to host network',
    );
  }
  refuseStaticAddress(network, settings);
  refuseAliases(network, settings);
  const { pool: v4, address: ipv4 } = takeFrom(context, { network, settings, family: 'ipv4' });
  const { pool: v6, address: ipv6 } = takeFrom(context, { network, settings, family: 'ipv6' });
  const id = context.ids.id('endpoint', `${containerId} ${network.id}`);
  return {
    id,
    networkId: network.id,
    networkName: network.spec.name,
    settings,
    interfaceName,
    hostInterface: network.spec.driver === 'bridge' ? vethName(id) : '',
    macAddress: settings.macAddress ?? macFor(ipv4),
    ipv4Address: ipv4,
    ipv4PrefixLength: prefixLength(v4),
    ipv4Gateway: network.spec.internal ? '' : (v4?.gateway ?? ''),
    ipv6Address: ipv6,
    ipv6PrefixLength: prefixLength(v6),
    ipv6Gateway: network.spec.internal ? '' : (v6?.gateway ?? ''),
  };
}

/** A network of the macvlan driver may have several subnets: the one that holds a static address, else the first with room. */
function takeFrom(
  context: StepContext,
  about: { network: NetworkRecord; settings: EndpointSettings; family: 'ipv4' | 'ipv6' },
): { pool?: IpamPool; address: string } {
  const { network, settings, family } = about;
  const pools = network.pools.filter(({ subnet }) => subnet.includes(':') === (family === 'ipv6'));
  for (const [index, pool] of pools.entries()) {
    try {
      return { pool, address: endpointAddress(context.state, { network, pool, settings }) };
    } catch (error) {
      const mayBeElsewhere =
        error instanceof EngineError &&
        ['ADDRESS_OUTSIDE_SUBNET', 'ADDRESS_POOL_EXHAUSTED'].includes(error.code);
      if (mayBeElsewhere && index < pools.length - 1) continue;
      if (!(error instanceof EngineError) || error.code !== 'ADDRESS_POOL_EXHAUSTED') throw error;
      throw reworded(error, error.message.replace(/: .*$/, `: ${network.spec.name} (${network.id})`));
    }
  }
  return { address: '' };
}

function prefixLength(pool: IpamPool | undefined): number {
  return pool ? Number(pool.subnet.split('/')[1]) : 0;
}

const UNCONFIGURED =
  'user specified IP address is supported only when connecting to networks with user configured subnets';

function refuseStaticAddress(network: NetworkRecord, settings: EndpointSettings): void {
  if (!settings.ipv4Address && !settings.ipv6Address) return;
  if (network.spec.name === 'bridge') {
    const text = `invalid endpoint settings:\n* user specified IP address is supported on user defined networks only\n* ${UNCONFIGURED}`;
    throw new EngineError(400, 'STATIC_ADDRESS_REFUSED', text, {
      hint: 'create a network with --subnet and use that',
    });
  }
  if (!network.userSubnet) {
    const text = `invalid endpoint settings:\n${UNCONFIGURED}`;
    throw new EngineError(400, 'STATIC_ADDRESS_REFUSED', text, {
      hint: `give network ${network.spec.name} a subnet (ipam.config.subnet, or network create --subnet)`,
    });
  }
}

/** The default bridge has no names. */
function refuseAliases(network: NetworkRecord, settings: EndpointSettings): void {
  if (network.spec.name !== 'bridge' || settings.aliases.length === 0) return;
  const text =
    'invalid endpoint settings:\nnetwork-scoped alias is supported only for containers in user defined networks';
  throw new EngineError(400, 'ALIASES_REFUSED', text, {
    hint: 'create a network and use that, or leave the aliases out',
  });
}

/** A container without a network, or the network of none. */
export function privateMode(): EngineError {
  const text =
    'container cannot be connected to multiple networks with one of the networks in private (none) mode';
  return new EngineError(403, 'NETWORK_NOT_JOINABLE', text);
}

function refusePorts(spec: ContainerSpec): void {
  if (spec.ports.length === 0 && !spec.publishAllPorts) return;
  const text = 'conflicting options: port publishing and the container type network mode';
  throw new EngineError(400, 'PORTS_WITH_JOINED_NETWORK', text, {
    hint: 'publish the port on the container whose network is joined',
  });
}
