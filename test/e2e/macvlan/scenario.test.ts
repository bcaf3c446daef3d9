import { afterAll, beforeAll, expect, it } from 'vitest';
import { privateHost, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { addressOf, expectUnreachable, greeting, here } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);
let host: PrivateHost;
let before: Snapshot;
let told: string;

beforeAll(async () => {
  host = await privateHost({ lan: true });
  before = await host.snapshot();
  told = (await host.berth('up -d', { cwd })).stderr;
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const inside = (service: string): Pick<PrivateHost, 'run'> => ({
  run: (command, options) =>
    host.berth(['exec', '-T', service, ...(typeof command === 'string' ? [command] : command)], {
      cwd,
      ...options,
    }),
});
const failing = async (args: string | readonly string[]) =>
  (await host.berth(args, { allowFailure: true })).stderr;

it('a machine of the LAN reaches the container at an address of its own, and sees its own MAC', async () => {
  expect(await greeting(host.lan, '10.77.0.50:80')).toBe('one for 10.77.0.2\n');
  await inside('one').run([
    'bash',
    '-c',
    'socat TCP6-LISTEN:86,ipv6only SYSTEM:"echo six" > /dev/null 2>&1 &',
  ]);
  expect(await greeting(host.lan, '[fd77::50]:86')).toBe('six\n');
  const { stdout } = await host.lan.run('ip neighbour show 10.77.0.50');
  expect(stdout).toContain('02:42:0a:4d:00:32');
});

it('the device is a macvlan in mode bridge, inside the container only', async () => {
  const { stdout } = await inside('one').run(['ip', '-d', 'link', 'show', 'eth0']);
  expect(stdout).toMatch(/macvlan mode bridge/);
  expect((await host.run('ip -o link')).stdout).not.toContain('macvlan');
});

it('dynamic addresses come from ip_range, and containers reach each other by name', async () => {
  expect(await addressOf(host, 'lanparty-two-1')).toBe('10.77.0.128');
  expect(await greeting(inside('two'), 'one:80')).toMatch(/^one for /);
  expect((await inside('two').run(['cat', '/etc/resolv.conf'])).stdout).toContain('nameserver 127.0.0.11');
});

it('the way out is the gateway of the LAN, untranslated', async () => {
  const { stdout } = await inside('two').run(['ip', 'route', 'show', 'default']);
  expect(stdout).toContain('default via 10.77.0.2 dev eth0');
  await using server = host.lan.start(
    'socat TCP-LISTEN:7000,fork,reuseaddr SYSTEM:"echo lan for \\$SOCAT_PEERADDR"',
  );
  expect(await greeting(inside('two'), '10.77.0.2:7000')).toBe('lan for 10.77.0.128\n');
  expect(server.stderr()).toBe('');
});

it('no port is published there, and it is said', async () => {
  expect(told).toContain('the ports of lanparty-one-1 are not published');
  expect((await host.run('ss -Hltn')).stdout).not.toContain(':8080');
  expect((await host.run('iptables-save')).stdout).not.toContain('10.77.0.50');
});

it('beside a bridge that comes first, ports lead to the bridge', async () => {
  expect(told).not.toContain('lanparty-both-1 are not');
  expect(await greeting(host, '127.0.0.1:8081')).toMatch(/^both for 172\./);
  expect((await inside('both').run(['ip', 'route', 'show', 'default'])).stdout).toMatch(
    /via 172\.\S+ dev eth0/,
  );
});

it('trace knows that the host itself is apart, and the LAN is not', async () => {
  const trace = async (from: string, to: string) =>
    (await host.berth(`trace ${from} ${to}`, { cwd, allowFailure: true })).stdout;
  expect(await trace('host', 'one:80')).toContain(
    'the kernel keeps a host apart from the macvlan devices on its own lan0',
  );
  await expectUnreachable(host, '10.77.0.50:80');
  expect(await trace('one', '10.77.0.1:22')).toContain('keeps a host apart');
  expect(await trace('lan', 'one:80')).toMatch(/✔ reachable/);
  expect(await trace('two', 'one:80')).toMatch(/✔ reachable/);
});

it('an internal one has no way out', async () => {
  expect((await inside('closed').run(['ip', 'route', 'show', 'default'])).stdout).toBe('');
  await expectUnreachable(inside('closed'), '10.77.0.2:22');
});

it('connect and disconnect a running container', async () => {
  await host.berth('network disconnect lanparty_lan lanparty-two-1');
  expect((await inside('two').run(['ip', '-o', 'link'])).stdout).not.toContain('eth0');
  await host.berth('network connect --ip 10.77.0.60 lanparty_lan lanparty-two-1');
  expect(await greeting(host.lan, '10.77.0.60:80')).toBe('two for 10.77.0.2\n');
});

it('goes on with a new engine', async () => {
  await host.berth('engine stop', { cwd });
  await host.berth('ps', { cwd });
  expect(await greeting(host.lan, '10.77.0.50:80')).toBe('one for 10.77.0.2\n');
});

it.each([
  ['-o parent=nowhere0', 'there is no device nowhere0'],
  ['-o parent=nowhere0.5', 'there is no device nowhere0 on this host, which nowhere0.5 would be a VLAN of'],
  ['-o parent=lo', 'loopback interface is not a valid macvlan parent'],
  ['-o parent=lan0 -o macvlan_mode=passthru', 'already using parent interface lan0'],
  ['-o macvlan_mode=open', "'open' is not valid"],
  ['-o parent=lan0 --subnet 10.77.0.0/24', 'overlaps with network lanparty_lan'],
])('create -d macvlan %s is refused: %s', async (flags, text) => {
  expect(await failing(`network create -d macvlan ${flags} other`)).toContain(text);
  expect((await host.berth('network ls')).stdout).not.toContain('other');
});

it('a VLAN of the parent is made and goes with the network, or the kernel is said to have none', async () => {
  const made = await host.berth('network create -d macvlan -o parent=lan0.100 --subnet 10.78.0.0/24 tagged', {
    allowFailure: true,
  });
  const links = (await host.run('ip -d -o link show')).stdout;
  if (made.code === 0) {
    expect(links).toMatch(/lan0\.100@lan0.*vlan protocol 802\.1Q id 100/);
    await host.berth('network rm tagged');
  } else {
    expect(made.stderr).toContain('this kernel has no 8021q');
    expect(links).not.toContain('lan0.100');
  }
  expect((await host.run('ip -o link')).stdout).not.toContain('lan0.100');
});

it('an unknown option is a warning', async () => {
  const { stderr } = await host.berth('network create -d macvlan -o paret=lan0 lonely');
  expect(stderr).toContain('did you mean parent?');
  await host.berth('network rm lonely');
});

it('and all of it goes', async () => {
  await host.berth('down', { cwd });
  await host.expectClean(before);
});
