import { describe, expect, it } from 'vitest';
import { ipKey } from '../../src/host/ip-bytes.ts';
import type { ContainerRecord } from '../../src/model/container.ts';
import type { NetworkRecord } from '../../src/model/network.ts';
import { parseSavedRules } from '../../src/network/firewall/saved-rules.ts';
import { parseTarget } from '../../src/engine/trace/target.ts';
import { traceConnection } from '../../src/engine/trace/trace.ts';
import type { TraceWorld } from '../../src/engine/trace/world.ts';

const front = networkOf('front', '172.18.0');
const back = networkOf('back', '172.19.0');
const web = containerOf('web', 11, [[front, '172.18.0.2']]);
const cache = containerOf('cache', 12, [[front, '172.18.0.3']]);
const db = containerOf('db', 13, [[back, '172.19.0.2']]);
const published: ContainerRecord = {
  ...web,
  publishedPorts: [{ containerPort: 80, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080 }],
};

const translating = parseSavedRules(
  [
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    '[41:2460] -A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.18.0.2:80',
    'COMMIT',
    '*filter',
    ':FORWARD DROP [0:0]',
    '[41:2460] -A FORWARD -d 172.18.0.2/32 -p tcp -m tcp --dport 80 -j ACCEPT',
    'COMMIT',
  ].join('\n'),
);

/** A machine with `web` and `cache` on front, `db` on back, each listening on port 80. */
function world(change: Partial<TraceWorld> = {}): TraceWorld {
  const containers = change.containers ?? [published, cache, db];
  return {
    owner: 'berth',
    networks: [front, back],
    rules: { ipv4: translating, ipv6: new Map() },
    forwards: true,
    bridgesAreFiltered: false,
    lan: { address: '10.0.0.1', dev: 'eth0', neighbour: '10.0.0.2' },
    isLive: () => true,
    placeOf: ({ state }) => ({ netns: `/run/${String(state.pid)}`, pid: state.pid }),
    zoneAnswer: (_asker, name) =>
      name === 'cache' ? { addresses: ['172.18.0.3'], network: 'shop_front' } : undefined,
    hasWayOut: () => true,
    hostsFile: () => '127.0.0.1 localhost\n10.9.9.9 written # by hand\n',
    askOutside: async () => [],
    route: async ({ pid }, to) => routeOf(pid, to),
    sockets: async () => [
      { protocol: 'tcp', addressKey: ipKey('0.0.0.0') ?? '', port: 80, isListening: true, inode: 1 },
    ],
    isIsolated: () => false,
    ...change,
    containers,
  };
}

const trace = async (from: string, to: string, change: Partial<TraceWorld> = {}) =>
  (await traceConnection(world(change), { from, to, project: 'shop' })).report;

describe('a trace', () => {
  it('reaches a neighbour by name, route and bridge', async () => {
    const report = await trace('web', 'cache:80');
    expect(report.reachable).toBe(true);
    expect(report.steps.map(({ stage }) => stage)).toEqual(['name', 'route', 'link', 'arrive']);
    expect(report.reason).toBe('');
  });

  it('names the networks of both when they share none, and where to add one', async () => {
    const report = await trace('web', 'db:80');
    expect(report).toMatchObject({ reachable: false, reason: 'they share no network.' });
    expect(report.remedies).toEqual([
      {
        text: 'add `back` to services.web.networks',
        command: 'berth network connect shop_back shop-web-1',
        composePath: ['services', 'web', 'networks'],
        project: 'shop',
      },
    ]);
  });

  it('says of a stopped container that it has no name', async () => {
    const report = await trace('web', 'db:80', { isLive: (id) => id !== db.id });
    expect(report.reason).toContain('only running containers have names');
  });

  it('asks nobody outside for a container on internal networks only', async () => {
    const report = await trace('web', 'example.org:80', {
      hasWayOut: () => false,
      askOutside: async () => ['203.0.113.5'],
    });
    expect(report.reason).toContain('internal networks only');
  });

  it('takes what /etc/hosts says first', async () => {
    const report = await trace('web', 'written:80');
    expect(report.steps[0]).toMatchObject({ text: 'written  →  10.9.9.9', notes: ['from /etc/hosts'] });
  });

  it('shows the rules that decide, with their counters', async () => {
    const report = await trace('lan', 'web:8080');
    expect(report.reachable).toBe(true);
    const counted = report.steps.filter(({ packets }) => packets !== undefined);
    expect(counted.map(({ stage, packets }) => [stage, packets])).toEqual([
      ['nat', 41],
      ['filter', 41],
    ]);
  });

  it('stops at a policy of DROP', async () => {
    const { rules } = world();
    const report = await trace('lan', '172.18.0.3:80', { rules });
    expect(report.reason).toContain('the policy of FORWARD');
    expect(report.remedies[0]?.command).toBe('iptables -P FORWARD ACCEPT');
  });

  it('says of a host that does not forward what switches it on', async () => {
    const report = await trace('lan', 'web:8080', { forwards: false });
    expect(report.remedies[0]?.command).toBe('sysctl -w net.ipv4.ip_forward=1');
  });

  it('needs a published port from the LAN', async () => {
    const report = await trace('lan', 'cache:80');
    expect(report.reason).toBe('shop-cache-1 does not publish port 80.');
    expect(report.remedies[0]?.composePath).toEqual(['services', 'cache', 'ports']);
  });

  it('knows that the loopback address of a neighbour is not ours', async () => {
    expect((await trace('lan', '127.0.0.1:8080')).reason).toContain('the machine that asks');
  });

  it('stops between isolated ports of a bridge', async () => {
    const report = await trace('web', 'cache:80', { isIsolated: () => true });
    expect(report.reason).toBe('front keeps its containers apart (icc=false).');
  });

  it('finds a program that listens on loopback only', async () => {
    const report = await trace('web', 'cache:80', {
      sockets: async () => [
        { protocol: 'tcp', addressKey: ipKey('127.0.0.1') ?? '', port: 80, isListening: true, inode: 1 },
      ],
    });
    expect(report.steps.at(-1)?.text).toBe('shop-cache-1 listens on 127.0.0.1:80 only');
  });

  it('refuses a start that does not exist', async () => {
    await expect(trace('nobody', 'cache:80')).rejects.toMatchObject({ code: 'TRACE_FROM_UNKNOWN' });
  });
});

describe('the target of a trace', () => {
  it.each([
    ['db:5432', { host: 'db', port: 5432, protocol: 'tcp' }],
    ['[::1]:80', { host: '::1', port: 80, protocol: 'tcp' }],
    ['clock:53/udp', { host: 'clock', port: 53, protocol: 'udp' }],
  ])('%s', (text, target) => expect(parseTarget(text)).toEqual(target));

  it.each(['db', 'db:', ':80', 'db:0', 'db:65536', '::1:80', 'db:80/sctp', 'a b:80'])('never %s', (text) => {
    expect(() => parseTarget(text)).toThrow(expect.objectContaining({ code: 'TRACE_TARGET_INVALID' }));
  });
});

function routeOf(pid: number, to: string) {
  const dev = pid > 0 ? 'eth0' : to.startsWith('172.18.') ? 'br-front' : 'eth1';
  const isNear = pid === 0 || to.startsWith('172.18.');
  return { dev, via: isNear ? '' : '172.18.0.1', source: '', isLocal: to === '10.0.0.1' };
}

function networkOf(key: string, prefix: string): NetworkRecord {
  return {
    id: key.repeat(10),
    spec: {
      name: `shop_${key}`,
      driver: 'bridge',
      internal: false,
      attachable: false,
      enableIPv4: true,
      enableIPv6: false,
      ipam: [],
      options: {},
      labels: { 'com.docker.compose.network': key, 'com.docker.compose.project': 'shop' },
    },
    bridge: `br-${key}`,
    pools: [{ subnet: `${prefix}.0/24`, gateway: `${prefix}.1` }],
    created: '',
    userSubnet: false,
    state: 'ready',
  };
}

function containerOf(
  service: string,
  pid: number,
  places: readonly (readonly [NetworkRecord, string])[],
): ContainerRecord {
  const labels = { 'com.docker.compose.service': service, 'com.docker.compose.project': 'shop' };
  const endpoints = places.map(([network, ipv4Address], index) => ({
    networkId: network.id,
    networkName: network.spec.name,
    settings: { aliases: [service] },
    interfaceName: `eth${String(index)}`,
    hostInterface: `veth-${service}`,
    ipv4Address,
    ipv6Address: '',
    ipv4Gateway: network.pools[0]?.gateway ?? '',
    ipv6Gateway: '',
  }));
  // Only what a trace reads.
  const record = {
    id: service.repeat(8),
    spec: { name: `shop-${service}-1`, hostname: '', labels },
    endpoints,
    publishedPorts: [],
    state: { status: 'running', pid },
  };
  return record as unknown as ContainerRecord;
}
