import { describe, expect, it } from 'vitest';
import type { Action, ActionKind, Step } from '../../src/model/action.ts';
import { bridgeRemovalSteps, bridgeSteps } from '../../src/network/bridge-steps.ts';
import { endpointSteps, sandboxRemovalSteps, sandboxSteps } from '../../src/network/endpoint-steps.ts';
import { decideParent, macvlanRemovalSteps, macvlanSteps } from '../../src/network/macvlan.ts';
import type { NetworkRecord } from '../../src/model/network.ts';
import { networkHandlers } from '../../src/network/handlers.ts';
import { endpointOf, networkOf } from './records.ts';

const netns = '/run/berth/netns/0123456789ab';

function commands(steps: readonly Step[]): string {
  return steps.map((step) => describeAction(step.action)).join('\n');
}

function describeAction(action: Action): string {
  const handlers = networkHandlers as Partial<Record<ActionKind, { describe: (of: never) => string }>>;
  return handlers[action.kind]?.describe(action as never) ?? `? ${action.kind}`;
}

describe('the steps of a network', () => {
  it('are these commands', () => {
    expect(commands(bridgeSteps(networkOf({}), { owner: 'berth', mtu: 1500 }))).toMatchInlineSnapshot(`
      "ip link add br-0123456789ab address 02:42:ac:12:00:01 mtu 1500 type bridge
      ip link set br-0123456789ab alias berth:berth:shop_front
      sysctl -q -w net.ipv4.conf.br-0123456789ab.route_localnet=1
      sysctl -q -e -w net.ipv6.conf.br-0123456789ab.disable_ipv6=1
      ip addr add 172.18.0.1/16 broadcast + dev br-0123456789ab
      ip link set br-0123456789ab up"
    `);
  });

  it('with IPv6 turn it on, and without addresses when told so', () => {
    const options = { 'com.docker.network.bridge.inhibit_ipv4': 'true' };
    const network = networkOf({ subnet6: 'fd01::/64', options });
    const text = commands(bridgeSteps(network, { owner: 'berth', mtu: 1500 }));
    expect(text).toContain('net.ipv6.conf.br-0123456789ab.disable_ipv6=0');
    expect(text).toContain('ip addr add fd01::1/64 nodad dev br-0123456789ab');
    expect(text).not.toContain('172.18.0.1/16');
  });

  it('that is internal do not open loopback', () => {
    const network = networkOf({ internal: true });
    expect(commands(bridgeSteps(network, { owner: 'berth', mtu: 1500 }))).not.toContain('route_localnet');
  });

  it('write the parameters of a device with a dot in its name with slashes', () => {
    const network = { ...networkOf({}), bridge: 'lab.5' };
    const text = commands(bridgeSteps(network, { owner: 'berth', mtu: 1500 }));
    expect(text).toContain('net/ipv4/conf/lab.5/route_localnet=1');
  });

  it('are undone and removed by deleting the bridge', () => {
    const network = networkOf({});
    expect(commands(bridgeRemovalSteps(network))).toBe('ip link delete br-0123456789ab');
    expect(bridgeSteps(network, { owner: 'berth', mtu: 1500 })[0]?.undo).toEqual({
      kind: 'link-del',
      name: 'br-0123456789ab',
    });
  });
});

describe('the steps of a container', () => {
  const request = { network: networkOf({}), netns, owner: 'berth', container: 'shop-web-1', mtu: 1500 };

  it('make its namespace', () => {
    expect(commands(sandboxSteps(netns))).toMatchInlineSnapshot(`
      "mkdir -p /run/berth/netns
      touch /run/berth/netns/0123456789ab
      unshare --net=/run/berth/netns/0123456789ab true
      nsenter --net=/run/berth/netns/0123456789ab sysctl -q -w net.ipv4.ip_unprivileged_port_start=0
      nsenter --net=/run/berth/netns/0123456789ab sysctl -q -w 'net.ipv4.ping_group_range=0 2147483647'
      nsenter --net=/run/berth/netns/0123456789ab ip link set lo up"
    `);
    expect(commands(sandboxRemovalSteps(netns))).toBe(`umount --lazy ${netns}\nrm -f ${netns}`);
  });

  it('connect it', () => {
    expect(commands(endpointSteps({ ...request, endpoint: endpointOf({}) }))).toMatchInlineSnapshot(`
      "ip link add veth0123456 mtu 1500 master br-0123456789ab type veth peer name eth0 mtu 1500 address 02:42:ac:12:00:02 netns /run/berth/netns/0123456789ab
      ip link set veth0123456 alias berth:berth:shop-web-1:eth0
      bridge link set dev veth0123456 hairpin on
      ip link set veth0123456 addrgenmode none
      ip link set veth0123456 up
      nsenter --net=/run/berth/netns/0123456789ab sysctl -q -e -w net.ipv6.conf.eth0.disable_ipv6=1
      nsenter --net=/run/berth/netns/0123456789ab ip addr add 172.18.0.2/16 broadcast + dev eth0
      nsenter --net=/run/berth/netns/0123456789ab ip link set eth0 up
      nsenter --net=/run/berth/netns/0123456789ab ip route add default via 172.18.0.1"
    `);
  });

  it('without a gateway add no route', () => {
    const endpoint = endpointOf({ ipv4Gateway: '' });
    expect(commands(endpointSteps({ ...request, endpoint }))).not.toContain('route add');
  });

  it('keep it from its neighbours where they may not talk', () => {
    const network = networkOf({ options: { 'com.docker.network.bridge.enable_icc': 'false' } });
    const text = commands(endpointSteps({ ...request, network, endpoint: endpointOf({}) }));
    expect(text).toContain('hairpin on isolated on');
  });

  it('have ids of their own', () => {
    const both = { ipv6Address: 'fd01::2', ipv6PrefixLength: 64, ipv6Gateway: 'fd01::1' };
    const ids = [...sandboxSteps(netns), ...endpointSteps({ ...request, endpoint: endpointOf(both) })].map(
      (step) => step.id,
    );
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the steps of a macvlan network', () => {
  const options = { parent: 'eth0.100' };
  const network = (changes: object = {}): NetworkRecord => {
    const plain = networkOf({ options });
    return {
      ...plain,
      bridge: '',
      parent: 'eth0.100',
      spec: { ...plain.spec, driver: 'macvlan' },
      ...changes,
    };
  };
  const about = { owner: 'berth', isShared: false };

  it('are none on a device of the host', () => {
    expect(macvlanSteps(network(), about)).toEqual([]);
    expect(macvlanRemovalSteps(network(), false)).toEqual([]);
  });

  it('make a VLAN, which goes with the last network on it', () => {
    const vlan = network({ madeParent: 'vlan' });
    expect(commands(macvlanSteps(vlan, about))).toMatchInlineSnapshot(`
      "ip link add link eth0 name eth0.100 type vlan id 100
      ip link set eth0.100 alias berth:berth:shop_front up"
    `);
    expect(macvlanSteps(vlan, { ...about, isShared: true })).toEqual([]);
    expect(commands(macvlanRemovalSteps(vlan, false))).toBe('ip link delete eth0.100');
    expect(macvlanRemovalSteps(vlan, true)).toEqual([]);
  });

  it('make a wire that leads nowhere, at whose end the host neither answers nor takes anything', () => {
    const wire = network({ parent: 'dm-0123456789ab', madeParent: 'wire' });
    expect(commands(macvlanSteps(wire, about))).toMatchInlineSnapshot(`
      "ip link add dm-0123456789ab type veth peer name dp-0123456789ab
      ip link set dm-0123456789ab alias berth:berth:shop_front
      ip link set dp-0123456789ab alias berth:berth:shop_front
      sysctl -q -e -w net.ipv6.conf.dm-0123456789ab.disable_ipv6=1
      sysctl -q -e -w net.ipv6.conf.dp-0123456789ab.disable_ipv6=1
      sysctl -q -w net.ipv4.conf.dp-0123456789ab.arp_ignore=8
      sysctl -q -w net.ipv4.conf.dp-0123456789ab.rp_filter=1
      ip link set dm-0123456789ab up
      ip link set dp-0123456789ab up"
    `);
  });

  it('put the device straight into the namespace, whence it is taken again', () => {
    const endpoint = endpointOf({ hostInterface: '' });
    const steps = endpointSteps({
      ...{ endpoint, network: network(), netns, owner: 'berth', container: 'shop-web-1', mtu: 1500 },
    });
    expect(commands(steps).split('\n')[0]).toMatchInlineSnapshot(
      `"ip link add link eth0.100 name eth0 address 02:42:ac:12:00:02 netns /run/berth/netns/0123456789ab type macvlan mode bridge"`,
    );
    expect(steps[0]?.undo).toEqual({ kind: 'link-del', name: 'eth0', netns });
  });
});

describe('the parent of a macvlan network', () => {
  const devices = new Map([
    ['eth0', ''],
    ['eth0.7', 'berth:berth:other'],
    ['eth0.8', ''],
  ]);
  const decide = (options: Record<string, string>, internal = false) =>
    decideParent(
      { ...networkOf({ options, internal }).spec, driver: 'macvlan' },
      { id: '0123456789abcdef', owner: 'berth', aliasOf: (name) => devices.get(name) },
    );

  it.each([
    ['a device as it is', 'eth0', { parent: 'eth0' }],
    ['a VLAN that is to be made', 'eth0.9', { parent: 'eth0.9', madeParent: 'vlan' }],
    ['a VLAN that we made', 'eth0.7', { parent: 'eth0.7', madeParent: 'vlan' }],
    ['a VLAN that somebody else made', 'eth0.8', { parent: 'eth0.8' }],
  ])('may be %s', (_, parent, expected) => {
    expect(decide({ parent })).toEqual(expected);
  });

  it('is a wire for a network that is internal or names none', () => {
    const wire = { parent: 'dm-0123456789ab', madeParent: 'wire' };
    expect(decide({})).toEqual(wire);
    expect(decide({ parent: 'eth0' }, true)).toEqual(wire);
  });

  it.each(['lo', 'eth9', 'eth9.5', 'eth0.0', 'eth0.4095'])('is not %s', (parent) => {
    expect(() => decide({ parent })).toThrow(expect.objectContaining({ code: 'NETWORK_PARENT_INVALID' }));
  });
});
