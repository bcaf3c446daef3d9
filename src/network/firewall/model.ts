import type { Protocol } from '../../model/network.ts';
import type { GatewayMode } from '../bridge-options.ts';
import { chainNames, type ChainNames } from './chains.ts';
import { filterTable } from './filter-table.ts';
import { natTable } from './nat-table.ts';
import { rawTable } from './raw-table.ts';
import type { Family, Ruleset, Table } from './ruleset.ts';

/** All that the firewall depends on. */
export interface FirewallState {
  /** The word that marks things as ours; default `berth`. It decides the names of the chains. */
  readonly owner?: string;
  readonly networks: readonly FirewallNetwork[];
  readonly ports: readonly FirewallPort[];
}

/** A bridge network. */
export interface FirewallNetwork {
  readonly id: string;
  readonly name: string;
  readonly bridge: string;
  /** CIDRs: one for each family it has. */
  readonly subnets: readonly string[];
  readonly internal: boolean;
  /** Whether its containers may talk to each other. */
  readonly icc: boolean;
  readonly masquerade: boolean;
  /** Absent: `nat` for both. */
  readonly gatewayModes?: Readonly<Record<Family, GatewayMode>>;
  /** Devices of the host from where the addresses of its containers may be used, at published ports. */
  readonly trusted?: readonly string[];
  /** The address that outgoing traffic takes in the place of that of the device by which it leaves. */
  readonly sources?: Readonly<Partial<Record<Family, string>>>;
}

/** One published port of a running container, on one host address. */
export interface FirewallPort {
  readonly containerName: string;
  readonly networkId: string;
  readonly bridge: string;
  readonly containerIp: string;
  /** For containers on a network with IPv6. */
  readonly containerIpv6?: string;
  readonly containerPort: number;
  readonly protocol: Protocol;
  /** Empty, `0.0.0.0` or `::`: every address (of the family). */
  readonly hostIp: string;
  readonly hostPort: number;
}

/** What the tables of one family are made of. */
export interface FamilyState {
  readonly family: Family;
  readonly chains: ChainNames;
  readonly owner: string;
  readonly networks: readonly NetworkOfFamily[];
  readonly ports: readonly PortOfFamily[];
}

export interface NetworkOfFamily extends FirewallNetwork {
  /** Its range in this family. */
  readonly subnet: string;
  readonly mode: GatewayMode;
}

/** A port whose container has an address in this family. */
export interface PortOfFamily {
  readonly containerName: string;
  readonly bridge: string;
  readonly address: string;
  readonly containerPort: number;
  readonly protocol: Protocol;
  /** Empty: every address. */
  readonly hostIp: string;
  readonly hostPort: number;
  /**
   * Its network hides container addresses, so nobody outside has a reason to use them. Where they are routed, answers
   * from outside come to them, and direct access is refused later, when the connection is known.
   */
  readonly isHidden: boolean;
  /** Its network has addresses that others route to: the port is reached there, and not by a port of the host. */
  readonly isRouted: boolean;
  /** Devices from where its address may be used although it is hidden. */
  readonly trusted: readonly string[];
}

/**
 * The rules for a state. Pure, and in a stable order: networks and ports in the order given.
 * The shapes are those of Docker's bridge driver, with what its later versions added against direct access.
 */
export function rulesFor(state: FirewallState): Ruleset {
  return { ipv4: tablesFor(state, 'ipv4'), ipv6: tablesFor(state, 'ipv6') };
}

function tablesFor(state: FirewallState, family: Family): Table[] {
  const ofFamily = stateOfFamily(state, family);
  if (family === 'ipv6' && ofFamily.networks.length === 0) return [];
  return [rawTable(ofFamily), natTable(ofFamily), filterTable(ofFamily)];
}

function stateOfFamily(state: FirewallState, family: Family): FamilyState {
  const owner = state.owner ?? 'berth';
  return {
    family,
    owner,
    chains: chainNames(owner),
    networks: state.networks.flatMap((network) => {
      const subnet = network.subnets.find((cidr) => familyOf(cidr) === family);
      return subnet === undefined ? [] : [{ ...network, subnet, mode: modeOf(network, family) }];
    }),
    ports: state.ports.flatMap((port) => {
      const network = state.networks.find(({ id }) => id === port.networkId);
      return network ? portOfFamily(port, network, family) : [];
    }),
  };
}

function modeOf(network: FirewallNetwork, family: Family): GatewayMode {
  return network.gatewayModes?.[family] ?? 'nat';
}

function portOfFamily(port: FirewallPort, network: FirewallNetwork, family: Family): PortOfFamily[] {
  const address = family === 'ipv4' ? port.containerIp : (port.containerIpv6 ?? '');
  if (address === '') return [];
  // Nobody else's family: `[::]:80` of a container with IPv4 only is served by the engine's listener.
  if (port.hostIp !== '' && familyOf(port.hostIp) !== family) return [];
  const hostIp = ['0.0.0.0', '::'].includes(port.hostIp) ? '' : port.hostIp;
  const mode = modeOf(network, family);
  const isHidden = network.masquerade && mode === 'nat';
  return [
    { ...port, address, hostIp, isHidden, isRouted: mode === 'routed', trusted: network.trusted ?? [] },
  ];
}

function familyOf(address: string): Family {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}
