import type { Action, MacvlanAdd, Step, VethAdd } from '../model/action.ts';
import type { EndpointRecord, NetworkRecord } from '../model/network.ts';
import { bridgeFlag } from './bridge-options.ts';
import { deviceParameter } from './bridge-steps.ts';
import { announcesItself, interfaceParameters, linkLocalCidr } from './endpoint-options.ts';
import { macvlanMode } from './macvlan.ts';

export interface EndpointStepsRequest {
  readonly endpoint: EndpointRecord;
  readonly network: NetworkRecord;
  /** Path of the container's network namespace. */
  readonly netns: string;
  readonly owner: string;
  /** Name of the container. */
  readonly container: string;
  /** Bytes. */
  readonly mtu: number;
}

/** The host steps that connect a namespace to a network: a veth pair, its address, and the default route if it has one. Pure. */
export function endpointSteps(request: EndpointStepsRequest): Step[] {
  const { endpoint, netns } = request;
  const link = endpoint.interfaceName;
  const addresses = addressesOf(endpoint);
  return [
    linkStep(request, addresses),
    ...(hasIpv6(endpoint) ? ipv6Steps(link, netns) : noIpv6Steps(link, netns)),
    ...announcementSteps(request),
    ...addresses.map(({ cidr }): Step => ({
      id: `address ${link} ${cidr}`,
      title: `address ${cidr} on ${link}`,
      action: { kind: 'address-add', link, cidr, netns },
    })),
    { id: `${link} up`, title: `${link} up`, action: { kind: 'link-up', name: link, netns } },
    ...interfaceParameters(endpoint.settings, link).map(({ key, value }): Step => ({
      id: `sysctl ${link} ${key}`,
      title: `${key}=${value}`,
      action: { kind: 'sysctl', key, value, netns },
    })),
    ...[endpoint.ipv4Gateway, endpoint.ipv6Gateway]
      .filter((via) => via !== '')
      .map((via): Step => ({
        id: `route ${link} ${via}`,
        title: `default route by ${via}`,
        action: { kind: 'route-add', to: 'default', via, netns },
      })),
    ...bridgeAnnouncementSteps(request),
  ];
}

/** How an endpoint's device is taken away: the host's end of a pair, or what is inside the namespace alone. */
export function endpointRemoval(endpoint: EndpointRecord, netns: string): Action {
  if (endpoint.hostInterface !== '') return { kind: 'link-del', name: endpoint.hostInterface };
  return { kind: 'link-del', name: endpoint.interfaceName, netns };
}

/** The host steps that make a container's network namespace: empty, with its loopback up. Pure. */
export function sandboxSteps(netns: string): Step[] {
  const parameter = (key: string, value: string, title: string): Step => ({
    id: key.slice(key.lastIndexOf('.') + 1),
    title,
    action: { kind: 'sysctl', key, value, netns },
  });
  return [
    {
      id: 'namespace',
      title: 'network namespace',
      action: { kind: 'netns-add', path: netns },
      undo: { kind: 'netns-del', path: netns },
    },
    parameter('net.ipv4.ip_unprivileged_port_start', '0', 'any user may listen on ports below 1024'),
    parameter('net.ipv4.ping_group_range', '0 2147483647', 'any user may ping'),
    { id: 'lo up', title: 'loopback up', action: { kind: 'link-up', name: 'lo', netns } },
  ];
}

/** The host steps that take the namespace away, and with it every device in it. Pure. */
export function sandboxRemovalSteps(netns: string): Step[] {
  return [{ id: 'namespace', title: 'remove network namespace', action: { kind: 'netns-del', path: netns } }];
}

/** A veth pair by which a bridge is joined, or a device of its own on the parent of a macvlan network. */
function linkStep(request: EndpointStepsRequest, addresses: readonly { readonly cidr: string }[]): Step {
  const { endpoint, network, netns } = request;
  const link = endpoint.interfaceName;
  const title = `${link} on ${network.spec.name}, ${addresses.map(({ cidr }) => cidr.split('/')[0]).join(', ')}`;
  const undo = endpointRemoval(endpoint, netns);
  if (network.spec.driver === 'macvlan')
    return { id: `macvlan ${link}`, title, action: macvlanAction(request), undo };
  return { id: `veth ${link}`, title, action: vethAction(request), undo };
}

function macvlanAction({ endpoint, network, netns }: EndpointStepsRequest): MacvlanAdd {
  const mtu = network.spec.options['com.docker.network.driver.mtu'];
  return {
    kind: 'macvlan-add',
    parent: network.parent ?? '',
    mode: macvlanMode(network.spec),
    name: endpoint.interfaceName,
    netns,
    mac: endpoint.macAddress,
    ...(mtu === undefined ? {} : { mtu: Number(mtu) }),
  };
}

function vethAction({ endpoint, network, netns, owner, container, mtu }: EndpointStepsRequest): VethAdd {
  return {
    kind: 'veth-add',
    name: endpoint.hostInterface,
    alias: `berth:${owner}:${container}:${endpoint.interfaceName}`,
    mtu,
    master: network.bridge,
    // A container that calls its own published port gets its packets back through the port they came from.
    hairpin: !network.spec.internal,
    isolated: !bridgeFlag(network.spec, 'enable_icc', true),
    peer: endpoint.interfaceName,
    peerNetns: netns,
    peerMac: endpoint.macAddress,
  };
}

function addressesOf(endpoint: EndpointRecord): { readonly cidr: string }[] {
  const own = [
    { address: endpoint.ipv4Address, prefixLength: endpoint.ipv4PrefixLength },
    { address: endpoint.ipv6Address, prefixLength: endpoint.ipv6PrefixLength },
  ];
  return [
    ...own
      .filter(({ address }) => address !== '')
      .map(({ address, prefixLength }) => ({ cidr: `${address}/${prefixLength}` })),
    ...(endpoint.settings.linkLocalIps ?? []).map((address) => ({ cidr: linkLocalCidr(address) })),
  ];
}

function hasIpv6({ ipv6Address, settings }: EndpointRecord): boolean {
  return ipv6Address !== '' || (settings.linkLocalIps ?? []).some((address) => address.includes(':'));
}

/** The kernel itself tells the neighbours when the device goes up. */
function announcementSteps({ endpoint, network, netns }: EndpointStepsRequest): Step[] {
  const { interfaceName: link, settings } = endpoint;
  if (!announcesItself(settings, network.spec.driver === 'macvlan')) return [];
  const families = [
    ...(endpoint.ipv4Address === '' ? [] : [{ family: 'ipv4', name: 'arp_notify' } as const]),
    ...(endpoint.ipv6Address === '' ? [] : [{ family: 'ipv6', name: 'ndisc_notify' } as const]),
  ];
  return families.map(({ family, name }) => ({
    id: `${name} ${link}`,
    title: `${link} tells its neighbours of its ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address`,
    action: { kind: 'sysctl', key: deviceParameter(family, link, name), value: '1', netns },
  }));
}

/** Before it goes up, which would give it an address of its own making. Devices that the container makes are its affair. */
function noIpv6Steps(link: string, netns: string): Step[] {
  const key = deviceParameter('ipv6', link, 'disable_ipv6');
  return [
    {
      id: `disable_ipv6 ${link}`,
      title: `no IPv6 on ${link}`,
      action: { kind: 'sysctl', key, value: '1', netns },
    },
  ];
}

/** A bridge passes nothing on until it knows that the device is up, so that the kernel's own words came too early. */
function bridgeAnnouncementSteps({ endpoint, network, netns }: EndpointStepsRequest): Step[] {
  const { interfaceName: name, hostInterface: port, macAddress: mac } = endpoint;
  if (network.spec.driver === 'macvlan' || !announcesItself(endpoint.settings, false)) return [];
  const title = `${name} tells its neighbours again, now that ${port} passes packets`;
  return [{ id: `announce ${name}`, title, action: { kind: 'link-announce', name, netns, mac, port } }];
}

/** Our addresses are known to be free: duplicate address detection would make the first second one without network. */
function ipv6Steps(link: string, netns: string): Step[] {
  const parameter = (name: string, value: string, title: string): Step => ({
    id: `${name} ${link}`,
    title,
    action: { kind: 'sysctl', key: deviceParameter('ipv6', link, name), value, netns },
  });
  return [
    parameter('accept_dad', '0', `no wait for the addresses of ${link}`),
    parameter('accept_ra', '0', `${link} takes no router advertisements`),
    parameter('disable_ipv6', '0', `IPv6 on ${link}`),
  ];
}
