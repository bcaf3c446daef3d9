import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Action, ActionKind, Step } from '../../../src/model/action.ts';
import { bridgeRemovalSteps, bridgeSteps } from '../../../src/network/bridge-steps.ts';
import { endpointSteps, sandboxRemovalSteps, sandboxSteps } from '../../../src/network/endpoint-steps.ts';
import { networkHandlers } from '../../../src/network/handlers.ts';
import { privateHost } from '../../helpers/host.ts';
import { endpointOf, networkOf } from '../../network/records.ts';
import { machineOf } from './machine.ts';
import { buildRig, type Rig } from './rig.ts';

const netns = '/run/berth/netns/0123456789ab';
const who = { owner: 'berth', mtu: 1450 };
const front = networkOf({});
const back = networkOf({
  id: 'ba'.repeat(32),
  name: 'shop_back',
  subnet: '172.19.0.0/24',
  gateway: '172.19.0.1',
  subnet6: 'fd01::/64',
  options: { 'com.docker.network.bridge.enable_icc': 'false' },
});
const endpoint = { netns, container: 'shop-web-1', ...who };
const onBack = endpointOf({
  interfaceName: 'eth1',
  hostInterface: 'veth7654321',
  macAddress: '02:42:ac:13:00:02',
  ipv4Address: '172.19.0.2',
  ipv4PrefixLength: 24,
  ipv4Gateway: '',
  ipv6Address: 'fd01::2',
  ipv6PrefixLength: 64,
  ipv6Gateway: 'fd01::1',
});

const steps: Step[] = [
  ...bridgeSteps(front, who),
  ...bridgeSteps(back, who),
  ...sandboxSteps(netns),
  ...endpointSteps({ ...endpoint, network: front, endpoint: endpointOf({}) }),
  ...endpointSteps({ ...endpoint, network: back, endpoint: onBack }),
];
const removal = [...sandboxRemovalSteps(netns), ...bridgeRemovalSteps(front), ...bridgeRemovalSteps(back)];

let rig: Rig;
beforeAll(async () => {
  rig = await buildRig();
});
afterAll(() => rig[Symbol.dispose]());

it('what the steps do is what their commands do, and removal leaves nothing', async () => {
  await using performed = await privateHost();
  await using commanded = await privateHost();
  const before = [await performed.snapshot(), await commanded.snapshot()] as const;

  await rig.perform(performed, { actions: steps.map((step) => step.action) });
  await commanded.run(`set -e\n${steps.map((step) => command(step.action)).join('\n')}`);
  expect(await machineOf(performed, netns)).toEqual(await machineOf(commanded, netns));

  await rig.perform(performed, { actions: removal.map((step) => step.action) });
  await commanded.run(`set -e\n${removal.map((step) => command(step.action)).join('\n')}`);
  await performed.expectClean(before[0]);
  await commanded.expectClean(before[1]);
});

it('steps that are done twice change nothing, and fail nothing', async () => {
  await using host = await privateHost();
  const actions = steps.map((step) => step.action);
  await rig.perform(host, { actions });
  const once = await machineOf(host, netns);
  await rig.perform(host, { actions: actions.filter((action) => action.kind !== 'veth-add') });
  expect(await machineOf(host, netns)).toEqual(once);
});

it('a veth that an interrupted run left is replaced, a stranger of its name is not', async () => {
  await using host = await privateHost();
  const veth = steps.findIndex((step) => step.action.kind === 'veth-add');
  await rig.perform(host, { actions: steps.slice(0, veth).map((step) => step.action) });
  await host.run('ip link add veth0123456 type veth peer name other');
  await rig.perform(host, { actions: steps.slice(veth, veth + 1).map((step) => step.action) });
  const { stdout } = await host.run('ip -d link show veth0123456');
  expect(stdout).toContain('alias berth:berth:shop-web-1:eth0');

  await host.run('ip link delete veth0123456; ip link add veth0123456 type bridge');
  const again = rig.perform(host, { actions: steps.slice(veth, veth + 1).map((step) => step.action) });
  await expect(again).rejects.toThrow('EEXIST');
});

it('undo, step by step from the last, leaves nothing', async () => {
  await using host = await privateHost();
  const before = await host.snapshot();
  await rig.perform(host, { actions: steps.map((step) => step.action) });
  await rig.perform(host, { actions: steps.toReversed().flatMap((step) => step.undo ?? []) });
  await host.expectClean(before);
});

it('the redirect of the resolver stands once, however often it is made', async () => {
  await using host = await privateHost();
  const redirect = { netns, udpPort: 40001, tcpPort: 40002 };
  await rig.perform(host, {
    actions: sandboxSteps(netns).map((step) => step.action),
    redirects: [redirect, { ...redirect, udpPort: 40003, repeated: true }],
  });
  const { stdout } = await host.run(`nsenter --net=${netns} iptables-save -t nat | grep '^-A'`);
  expect(stdout.trim().split('\n')).toEqual([
    '-A OUTPUT -d 127.0.0.11/32 -j BERTH_OUTPUT',
    '-A POSTROUTING -d 127.0.0.11/32 -j BERTH_POSTROUTING',
    '-A BERTH_OUTPUT -d 127.0.0.11/32 -p tcp -m tcp --dport 53 -j DNAT --to-destination 127.0.0.11:40002',
    '-A BERTH_OUTPUT -d 127.0.0.11/32 -p udp -m udp --dport 53 -j DNAT --to-destination 127.0.0.11:40003',
    '-A BERTH_POSTROUTING -s 127.0.0.11/32 -p tcp -m tcp --sport 40002 -j SNAT --to-source :53',
    '-A BERTH_POSTROUTING -s 127.0.0.11/32 -p udp -m udp --sport 40003 -j SNAT --to-source :53',
  ]);
});

it('the redirect of the next namespace is the same when the ports are, and never that of other ports', async () => {
  await using host = await privateHost();
  const ports = { udpPort: 40001, tcpPort: 40002 };
  const paths = ['one', 'two', 'three', 'four'].map((name) => `${netns}-${name}`);
  const [one = '', two = '', three = '', four = ''] = paths;
  await rig.perform(host, {
    actions: paths.flatMap((path) => sandboxSteps(path).map((step) => step.action)),
    // What stands in a namespace already stays.
    firewall: [`nsenter --net=${four} iptables -t nat -A OUTPUT -d 192.0.2.1 -j ACCEPT`],
    redirects: [
      { netns: one, ...ports },
      { netns: two, ...ports },
      { netns: three, ...ports, udpPort: 40003 },
      { netns: four, ...ports },
    ],
  });
  const saved = async (path: string): Promise<string> =>
    (await host.run(`nsenter --net=${path} iptables-save -t nat | grep -v '^[#:]'`)).stdout;
  expect(await saved(one)).toContain('-p udp -m udp --dport 53 -j DNAT --to-destination 127.0.0.11:40001');
  expect(await saved(two)).toBe(await saved(one));
  expect(await saved(three)).toBe((await saved(one)).replaceAll('40001', '40003'));
  expect(await saved(four)).toContain('192.0.2.1');
  expect((await saved(four)).replace(/.*192\.0\.2\.1.*\n/, '')).toBe(await saved(one));
});

function command(action: Action): string {
  const handlers = networkHandlers as Partial<Record<ActionKind, { describe: (of: never) => string }>>;
  const handler = handlers[action.kind];
  if (!handler) throw new Error(`no handler for ${action.kind}`);
  return handler.describe(action as never);
}
