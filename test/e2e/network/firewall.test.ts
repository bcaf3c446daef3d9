import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bridgeSteps } from '../../../src/network/bridge-steps.ts';
import { endpointSteps, sandboxSteps } from '../../../src/network/endpoint-steps.ts';
import type { FirewallPort, FirewallState } from '../../../src/network/firewall/model.ts';
import { macFor } from '../../../src/network/macs.ts';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { endpointOf, networkOf } from '../../network/records.ts';
import { buildRig, type Rig } from './rig.ts';

/**
 * Four networks (a; b; c, internal; d, without icc), containers that serve their own name on port 80 (published for
 * some) and 9000 (never), a LAN neighbour, and every way between them, seen from sockets.
 */
const networks = {
  a: networkOf({ id: 'a'.repeat(64), name: 'a', subnet: '172.18.0.0/16', gateway: '172.18.0.1' }),
  b: networkOf({ id: 'b'.repeat(64), name: 'b', subnet: '172.19.0.0/16', gateway: '172.19.0.1' }),
  c: networkOf({
    id: 'c'.repeat(64),
    name: 'c',
    subnet: '172.20.0.0/16',
    gateway: '172.20.0.1',
    internal: true,
  }),
  d: networkOf({
    id: 'd'.repeat(64),
    name: 'd',
    subnet: '172.21.0.0/16',
    gateway: '172.21.0.1',
    options: { 'com.docker.network.bridge.enable_icc': 'false' },
  }),
};
type Network = keyof typeof networks;
const containers = ['a1', 'a2', 'a3', 'b1', 'c1', 'c2', 'd1', 'd2', 'd3'] as const;
const bridgeOf = (network: Network): string => networks[network].bridge;
const addressOf = (name: string): string =>
  `172.${18 + 'abcd'.indexOf(name[0] ?? '')}.0.${1 + Number(name[1])}`;
const netnsOf = (name: string): string => `/run/berth/netns/${name}`;

const published: readonly Pick<FirewallPort, 'containerName' | 'protocol' | 'hostIp' | 'hostPort'>[] = [
  { containerName: 'a1', protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080 },
  { containerName: 'a1', protocol: 'udp', hostIp: '0.0.0.0', hostPort: 8053 },
  { containerName: 'b1', protocol: 'tcp', hostIp: '127.0.0.1', hostPort: 8081 },
  { containerName: 'd1', protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8082 },
];
const state: FirewallState = {
  networks: Object.values(networks).map((network) => ({
    id: network.id,
    name: network.spec.name,
    bridge: network.bridge,
    subnets: network.pools.map((pool) => pool.subnet),
    internal: network.spec.internal,
    icc: network.spec.name !== 'd',
    masquerade: true,
  })),
  ports: published.map((port) => {
    const network = port.containerName[0] as Network;
    return {
      ...port,
      networkId: networks[network].id,
      bridge: bridgeOf(network),
      containerIp: addressOf(port.containerName),
      containerPort: 80,
    };
  }),
};

/** From where, to which socat address, and what must answer: a name, with the client's address; '' for nothing. */
const ways = {
  'lan to a published port': ['lan', 'TCP:10.77.0.1:8080', 'a1 10.77.0.2'],
  'lan to a published UDP port': ['lan', 'UDP:10.77.0.1:8053', 'a1 10.77.0.2'],
  'lan to a published container address': ['lan', 'TCP:172.18.0.2:80', ''],
  'lan to an unpublished port': ['lan', 'TCP:172.18.0.2:9000', ''],
  'lan to an unpublished container': ['lan', 'TCP:172.18.0.3:9000', ''],
  'lan to a port on loopback': ['lan', 'TCP:127.0.0.1:8081', ''],
  'lan to an internal container': ['lan', 'TCP:172.20.0.2:80', ''],
  'host to loopback': ['host', 'TCP:127.0.0.1:8080', 'a1 172.18.0.1'],
  'host to a port on loopback': ['host', 'TCP:127.0.0.1:8081', 'b1 172.19.0.1'],
  'host to its LAN address': ['host', 'TCP:10.77.0.1:8080', 'a1 10.77.0.1'],
  'host to a container address': ['host', 'TCP:172.18.0.2:9000', 'a1 172.18.0.1'],
  'container to its own published port': ['a1', 'TCP:10.77.0.1:8080', 'a1 172.18.0.1'],
  'container to a published port of a neighbour': ['a2', 'TCP:10.77.0.1:8080', 'a1 172.18.0.1'],
  'container to a neighbour': ['a2', 'TCP:172.18.0.2:9000', 'a1 172.18.0.3'],
  'container to a published port of another network': ['b1', 'TCP:10.77.0.1:8080', 'a1 172.18.0.1'],
  'container to a port at the gateway of another network': ['b1', 'TCP:172.18.0.1:8080', 'a1 172.18.0.1'],
  'container to a published address of another network': ['b1', 'TCP:172.18.0.2:80', ''],
  'container to another network': ['b1', 'TCP:172.18.0.3:9000', ''],
  'container to the lan': ['a2', 'TCP:10.77.0.2:7000', 'lan 10.77.0.1'],
  "container to the host's own loopback": ['a3', 'TCP:127.0.0.1:7001', ''],
  'container to an internal network': ['a2', 'TCP:172.20.0.2:80', ''],
  'internal container to the lan': ['c1', 'TCP:10.77.0.2:7000', ''],
  'internal container to a published port': ['c1', 'TCP:10.77.0.1:8080', ''],
  'internal container to a neighbour': ['c1', 'TCP:172.20.0.3:80', 'c2 172.20.0.2'],
  'container without icc to a neighbour': ['d2', 'TCP:172.21.0.2:9000', ''],
  'container without icc to a neighbour by the gateway': ['d3', 'TCP:172.21.0.2:9000', ''],
  'container without icc to a published port of a neighbour': ['d2', 'TCP:10.77.0.1:8082', 'd1 172.21.0.1'],
} as const satisfies Record<string, readonly [string, string, string]>;
type Way = keyof typeof ways;

let rig: Rig;
let host: PrivateHost;

beforeAll(async () => {
  rig = await buildRig();
  host = await privateHost({ lan: true });
  await rig.perform(host, { actions: buildActions() });
  for (const name of containers) serve(`nsenter --net=${netnsOf(name)}`, name);
  void host.lan.start(`socat TCP-LISTEN:7000,fork,reuseaddr SYSTEM:'echo lan $SOCAT_PEERADDR'`);
  void host.start(`socat TCP-LISTEN:7001,bind=127.0.0.1,fork,reuseaddr SYSTEM:'echo host $SOCAT_PEERADDR'`);
  await host.run(oddRoutes);
  await host.run('until ss -Hltn | grep -q 7001; do sleep 0.05; done');
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  rig[Symbol.dispose]();
});

describe('every way', () => {
  it('is as wanted when the host drops what it forwards', async () => {
    await host.run('iptables -P FORWARD DROP');
    await rig.perform(host, { firewall: [state] });
    expect(await seen(Object.keys(ways) as Way[])).toEqual(wanted());
  });

  it('is as wanted when the host forwards everything', async () => {
    await host.run('iptables -P FORWARD ACCEPT');
    expect(await seen(Object.keys(ways) as Way[])).toEqual(wanted());
  });
});

it('every way is as wanted where br_netfilter passes bridged frames through these rules too', async () => {
  const key = 'net.bridge.bridge-nf-call-iptables';
  await host.run(`sysctl -qew ${key}=1`);
  const found = await seen(Object.keys(ways) as Way[]);
  const isOn = (await host.run(`sysctl -nq ${key}`, { allowFailure: true })).stdout.trim() === '1';
  await host.run(`sysctl -qew ${key}=0`);
  // The kernel then translates within the bridge, where isolated ports are apart: stricter than asked.
  const stricter = isOn ? { 'container without icc to a published port of a neighbour': '' } : {};
  expect(found).toEqual({ ...wanted(), ...stricter });
});

describe('without these rules', () => {
  // Chain and pattern of the rules, the way that changes, the policy of FORWARD under which it does.
  const a = bridgeOf('a');
  const cases: [string, RegExp, Way, 'ACCEPT' | 'DROP'][] = [
    ['raw', new RegExp(`-d 172.18.0.2/32 ! -i ${a} `), 'lan to a published container address', 'ACCEPT'],
    ['raw', /-A BERTH-LOOPBACK -d 127.0.0.1\/32 -p tcp /, 'lan to a port on loopback', 'ACCEPT'],
    ['raw', new RegExp(`-A BERTH-LOOPBACK -i ${a} `), "container to the host's own loopback", 'ACCEPT'],
    ['nat', new RegExp(`-s 172.18.0.0/16 ! -o ${a} `), 'container to the lan', 'ACCEPT'],
    ['nat', new RegExp(`-s 127.0.0.0/8 -o ${a} `), 'host to loopback', 'ACCEPT'],
    [
      'nat',
      new RegExp(`-s 172.18.0.0/16 -o ${a} .*ctstate DNAT`),
      'container to a published port of a neighbour',
      'ACCEPT',
    ],
    [
      'nat',
      new RegExp(`(-s 172.18.0.0/16 -o ${a} .*ctstate DNAT|-s 172.18.0.2/32 -d 172.18.0.2/32 -p tcp)`),
      'container to its own published port',
      'ACCEPT',
    ],
    ['nat', /^-A BERTH .*-p udp .*DNAT/, 'lan to a published UDP port', 'ACCEPT'],
    ['filter', new RegExp(`-A BERTH-CT -o ${a} `), 'container to the lan', 'ACCEPT'],
    ['filter', new RegExp(`-A BERTH -d 172.18.0.2/32 .*-p tcp`), 'lan to a published port', 'ACCEPT'],
    ['filter', new RegExp(`-A BERTH ! -i ${a} -o ${a} `), 'lan to an unpublished container', 'ACCEPT'],
    ['filter', new RegExp(`-A BERTH-FORWARD -i ${a} `), 'container to the lan', 'DROP'],
    ['filter', /-A FORWARD -j BERTH-FORWARD/, 'lan to a published port', 'DROP'],
    ['filter', /-A BERTH-INTERNAL -i .* ! -o/, 'internal container to the lan', 'ACCEPT'],
    ['filter', /-A BERTH-INTERNAL/, 'lan to an internal container', 'ACCEPT'],
    [
      'filter',
      new RegExp(`(-A BERTH-ISOLATION-STAGE-2|-A BERTH ! -i ${a} -o ${a} )`),
      'container to another network',
      'ACCEPT',
    ],
    [
      'filter',
      /-A BERTH-ISOLATION-STAGE-1 -m conntrack/,
      'container to a published port of another network',
      'ACCEPT',
    ],
    [
      'filter',
      new RegExp(`-A BERTH-FORWARD -i ${bridgeOf('d')} -o ${bridgeOf('d')} .*-j DROP`),
      'container without icc to a neighbour by the gateway',
      'ACCEPT',
    ],
    [
      'filter',
      new RegExp(`-A BERTH-FORWARD -i ${bridgeOf('d')} -o ${bridgeOf('d')} .*DNAT`),
      'container without icc to a published port of a neighbour',
      'ACCEPT',
    ],
  ];

  it.each(cases)('%s %s: %s changes', async (table, pattern, way, policy) => {
    await host.run(`iptables -P FORWARD ${policy}`);
    await rig.perform(host, { firewall: [state] });
    expect(await seen([way])).toEqual({ [way]: ways[way][2] });
    await takeAway(table, pattern);
    expect(await seen([way])).not.toEqual({ [way]: ways[way][2] });
  });

  it('and without the isolation of bridge ports a neighbour without icc is reached', async () => {
    const way = 'container without icc to a neighbour';
    await rig.perform(host, { firewall: [state] });
    await host.run('for v in vethd1 vethd2; do bridge link set dev $v isolated off; done');
    expect(await seen([way])).not.toEqual({ [way]: '' });
    await host.run('for v in vethd1 vethd2; do bridge link set dev $v isolated on; done');
  });
});

describe('the rules', () => {
  const rules = async (): Promise<string> =>
    (await host.run("iptables-save | grep -v '^#' | sed 's/\\[.*\\]//'")).stdout;

  it('come back after somebody flushed, deleted or doubled them', async () => {
    await host.run('iptables -P FORWARD ACCEPT');
    await rig.perform(host, { firewall: [state] });
    const whole = await rules();
    const flush = 'for t in raw nat filter; do iptables -t $t -F; iptables -t $t -X; done';
    const twice = 'iptables-save | iptables-restore --noflush';
    await rig.perform(host, {
      firewall: [state, flush, state, 'iptables -D FORWARD -j BERTH-FORWARD', state],
    });
    expect(await rules()).toBe(whole);
    await host.run(twice);
    await rig.perform(host, { firewall: [state] });
    expect(await rules()).toBe(whole);
  });

  it('are the same whether they came one by one or all at once', async () => {
    await rig.perform(host, { removeFirewall: true });
    await rig.perform(host, { firewall: [state] });
    const whole = await rules();
    const fewer = state.ports.map((_, count) => ({ ...state, ports: state.ports.slice(0, count) }));
    await rig.perform(host, { firewall: [{ networks: [], ports: [] }, ...fewer, state, ...fewer, state] });
    expect(await rules()).toBe(whole);
  });

  it('leave those of the user and of others alone, and go without a trace', async () => {
    await rig.perform(host, { removeFirewall: true });
    await host.run(
      'iptables -A FORWARD -i vpn0 -j ACCEPT; iptables -t nat -A POSTROUTING -o vpn0 -j MASQUERADE',
    );
    const others = await rules();
    await rig.perform(host, { firewall: [state] });
    await host.run('iptables -A BERTH-USER -s 10.77.0.2 -j DROP');
    await rig.perform(host, { firewall: [state], removeFirewall: true });
    expect(await rules()).toContain('-A BERTH-USER -s 10.77.0.2/32 -j DROP');
    await host.run('iptables -F BERTH-USER');
    await rig.perform(host, { removeFirewall: true });
    expect(await rules()).toBe(others);
    await host.run(
      'iptables -D FORWARD -i vpn0 -j ACCEPT; iptables -t nat -D POSTROUTING -o vpn0 -j MASQUERADE',
    );
  });

  it('come back as they were after the last network went, whoever used the tables meanwhile', async () => {
    await using fresh = await privateHost();
    const save = (name: string): string =>
      `iptables-save | sed '/^#/d; s/\\[.*\\]//' > ${fresh.folder}/${name}`;
    const saved = async (name: string): Promise<string> =>
      (await fresh.run(`cat ${fresh.folder}/${name}`)).stdout;
    const other = 'iptables -t nat -A POSTROUTING -o vpn0 -j MASQUERADE';
    await rig.perform(fresh, {
      firewall: [
        ...[state, save('first'), 'remove', save('gone')],
        ...[state, save('second'), 'remove', other, state, save('beside'), 'remove', save('other')],
      ],
    });
    expect(await saved('first')).toContain('BERTH');
    expect(await saved('gone')).toBe('');
    expect(await saved('second')).toBe(await saved('first'));
    expect(await saved('beside')).toContain('-A POSTROUTING -o vpn0 -j MASQUERADE');
    expect(await saved('other')).toContain('-A POSTROUTING -o vpn0 -j MASQUERADE');
    expect(await saved('other')).not.toContain('BERTH');
  });

  it('of the user come first', async () => {
    await rig.perform(host, { firewall: [state] });
    await host.run('iptables -A BERTH-USER -s 10.77.0.2 -j DROP');
    expect(await seen(['lan to a published port'])).toEqual({ 'lan to a published port': '' });
    await host.run('iptables -F BERTH-USER');
  });
});

function buildActions() {
  const who = { owner: 'berth', mtu: 1500 };
  const made = [
    { kind: 'sysctl', key: 'net.ipv4.ip_forward', value: '1' } as const,
    ...Object.values(networks).flatMap((network) => bridgeSteps(network, who).map((step) => step.action)),
  ];
  const joined = containers.flatMap((name) => {
    const network = networks[name[0] as Network];
    const address = addressOf(name);
    const endpoint = endpointOf({
      hostInterface: `veth${name}`,
      ipv4Address: address,
      macAddress: macFor(address),
      ipv4Gateway: network.spec.internal ? '' : (network.pools[0]?.gateway ?? ''),
    });
    const request = { endpoint, network, netns: netnsOf(name), container: name, ...who };
    return [...sandboxSteps(netnsOf(name)), ...endpointSteps(request)].map((step) => step.action);
  });
  return [...made, ...joined];
}

function serve(enter: string, name: string): void {
  const answer = `SYSTEM:'echo ${name} $SOCAT_PEERADDR'`;
  void host.start(`exec ${enter} socat TCP-LISTEN:80,fork,reuseaddr ${answer}`);
  void host.start(`exec ${enter} socat TCP-LISTEN:9000,fork,reuseaddr ${answer}`);
  // It reads what came, lest socat ends when it cannot pass it on.
  void host.start(
    `exec ${enter} socat UDP-RECVFROM:80,fork SYSTEM:'read -r _; echo ${name} $SOCAT_PEERADDR'`,
  );
}

/** What only a hostile neighbour or container sets up: 127/8 sent out, routes past isolation. */
const oddRoutes = `set -e
sysctl -qew net.bridge.bridge-nf-call-iptables=0
out='sysctl -qw net.ipv4.conf.all.route_localnet=1; ip addr del 127.0.0.1/8 dev lo'
ip netns exec lan sh -ec "$out; ip route add 127.0.0.0/8 via 10.77.0.1"
nsenter --net=${netnsOf('a3')} sh -ec "$out; ip route add 127.0.0.0/8 via 172.18.0.1"
nsenter --net=${netnsOf('c1')} ip route add default via 172.20.0.1
nsenter --net=${netnsOf('d3')} ip route add 172.21.0.2/32 via 172.21.0.1
nsenter --net=${netnsOf('d1')} ip route add 172.21.0.4/32 via 172.21.0.1`;

function wanted(): Record<string, string> {
  return Object.fromEntries(Object.entries(ways).map(([way, [, , answer]]) => [way, answer]));
}

/** Tries the ways, all at once: what is dropped takes a second or two. */
async function seen(which: readonly Way[]): Promise<Record<string, string>> {
  const answers = await Promise.all(
    which.map(async (way) => {
      const [from, to] = ways[way];
      // A TCP client that sends nothing: unread bytes would make the server's close a reset, which may outrun its answer.
      const probe = to.startsWith('UDP')
        ? `echo | timeout 4 socat -t2 -T2 - ${to} 2>/dev/null; true`
        : `timeout 4 socat -u ${to},connect-timeout=1.5 - 2>/dev/null; true`;
      const place = from === 'lan' ? host.lan : host;
      const enter = from === 'lan' || from === 'host' ? '' : `nsenter --net=${netnsOf(from)} `;
      const { stdout } = await place.run(['bash', '-c', probe.replace('timeout', `${enter}timeout`)]);
      return [way, stdout.trim()] as const;
    }),
  );
  return Object.fromEntries(answers);
}

async function takeAway(table: string, pattern: RegExp): Promise<void> {
  const { stdout } = await host.run(`iptables-save -t ${table} | grep '^-A'`);
  const rules = stdout.split('\n').filter((line) => pattern.test(line));
  expect(rules.length).toBeGreaterThan(0);
  await host.run(rules.map((rule) => `iptables -t ${table} ${rule.replace('-A', '-D')}`).join('\n'));
}
