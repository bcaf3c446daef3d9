import type { Step } from '../model/action.ts';
import type { IpamPool, NetworkRecord } from '../model/network.ts';
import { bridgeFlag, gatewayMode } from './bridge-options.ts';
import { macFor, seededMac } from './macs.ts';

/** The host steps that make a network's bridge: the device, its parameters, its gateway addresses, up. Pure. */
export function bridgeSteps(
  network: NetworkRecord,
  { owner, mtu }: { readonly owner: string; readonly mtu: number },
): Step[] {
  const { bridge } = network;
  return [
    {
      id: 'bridge',
      title: `bridge ${bridge}`,
      action: {
        kind: 'bridge-add',
        name: bridge,
        mac: bridgeMac(network),
        mtu,
        alias: `berth:${owner}:${network.spec.name}`,
      },
      undo: { kind: 'link-del', name: bridge },
    },
    ...parameterSteps(network),
    ...network.pools.filter((pool) => hasAddress(network, pool)).map((pool) => addressStep(bridge, pool)),
    { id: 'bridge up', title: `${bridge} up`, action: { kind: 'link-up', name: bridge } },
  ];
}

/** The host steps that take the bridge away. Its ports have gone with their namespaces before. Pure. */
export function bridgeRemovalSteps(network: NetworkRecord): Step[] {
  const { bridge } = network;
  return [{ id: 'bridge', title: `remove bridge ${bridge}`, action: { kind: 'link-del', name: bridge } }];
}

/** The key of a device's kernel parameter; with slashes, as sysctl(8) takes it too, when the name has a dot. */
export function deviceParameter(family: 'ipv4' | 'ipv6', device: string, name: string): string {
  const separator = device.includes('.') ? '/' : '.';
  return ['net', family, 'conf', device, name].join(separator);
}

function bridgeMac(network: NetworkRecord): string {
  const pool = network.pools.find(({ subnet }) => !subnet.includes(':'));
  return pool ? macFor(pool.gateway) : seededMac(network.id);
}

/**
 * `route_localnet` lets what is sent to 127.0.0.1 reach a container; the firewall keeps containers from the host's
 * own loopback in turn. A bridge without IPv6 has none, so that it does not even get a link-local address.
 */
function parameterSteps(network: NetworkRecord): Step[] {
  const { bridge, pools, spec } = network;
  const hasIpv6 = pools.some(({ subnet }) => subnet.includes(':'));
  const ipv6 = (name: string, value: string, title: string): Step => ({
    id: name,
    title,
    action: { kind: 'sysctl', key: deviceParameter('ipv6', bridge, name), value },
  });
  const localnet: Step = {
    id: 'route_localnet',
    title: `ports on 127.0.0.1 may lead to ${bridge}`,
    action: { kind: 'sysctl', key: deviceParameter('ipv4', bridge, 'route_localnet'), value: '1' },
  };
  return [
    ...(spec.internal ? [] : [localnet]),
    ...(hasIpv6
      ? [
          ipv6('disable_ipv6', '0', `IPv6 on ${bridge}`),
          ipv6('accept_ra', '0', `${bridge} takes no router advertisements`),
          ipv6('accept_dad', '0', `no wait for the addresses of ${bridge}`),
          ipv6('forwarding', '1', `IPv6 forwarding on ${bridge}`),
        ]
      : [ipv6('disable_ipv6', '1', `no IPv6 on ${bridge}`)]),
  ];
}

function hasAddress(network: NetworkRecord, pool: IpamPool): boolean {
  const family = pool.subnet.includes(':') ? 'ipv6' : 'ipv4';
  if (gatewayMode(network.spec, family) === 'isolated') return false;
  return !(family === 'ipv4' && bridgeFlag(network.spec, 'inhibit_ipv4', false));
}

function addressStep(bridge: string, pool: IpamPool): Step {
  const cidr = `${pool.gateway}/${pool.subnet.split('/')[1] ?? ''}`;
  return {
    id: `address ${cidr}`,
    title: `gateway ${cidr} on ${bridge}`,
    action: { kind: 'address-add', link: bridge, cidr },
  };
}
