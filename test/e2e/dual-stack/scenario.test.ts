import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { eventually, expectUnreachable, greeting, here, inspect } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);
/** What a container says to the neighbour on the LAN, whose own address it sees. */
const lanPeer = 'for [fd77:0000:0000:0000:0000:0000:0000:0002]\n';
let host: PrivateHost;
let before: Snapshot;

beforeAll(async () => {
  host = await privateHost({ lan: true });
  // The only way by which the neighbour on the LAN can find a container: Berth must close it.
  await host.run('ip -n lan -6 route add default via fd77::1; ip -6 route add default via fd77::2');
  before = await host.snapshot();
  await host.berth('up -d', { cwd });
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const inside = (service: string): Pick<PrivateHost, 'run'> => ({
  run: (command, options) => {
    const argv = typeof command === 'string' ? ['bash', '-c', command] : command;
    return host.berth(['exec', '-T', service, ...argv], { cwd, ...options });
  },
});
const output = async (service: string, command: string): Promise<string> =>
  (await inside(service).run(command)).stdout;
const address6 = async (name: string, network: string): Promise<string> =>
  (await inspect(host, name)).NetworkSettings.Networks[network]?.GlobalIPv6Address ?? '';

describe('a network with IPv6', () => {
  it('has a unique local range when none is named, and the containers addresses of it', async () => {
    expect(await address6('dual-web-1', 'dual_front')).toMatch(/^fd[0-9a-f:]+$/);
    expect(await output('web', 'ip -6 -o address show dev eth0 scope global')).toMatch(/inet6 fd\S+\/64/);
  });

  it('takes named ranges, gateways and static addresses', async () => {
    expect(await address6('dual-fixed-1', 'dual_given')).toBe('fd99::10');
    expect(await output('fixed', 'ip -6 route show default')).toContain('via fd99::ff');
  });

  it('has its default route, and no address waits for duplicates', async () => {
    expect(await output('web', 'ip -6 route show default')).toMatch(/default via fd\S+ dev eth0/);
    expect(await output('web', 'ip -6 address show tentative')).toBe('');
    expect(await output('web', 'cat /proc/sys/net/ipv6/conf/eth0/accept_dad')).toBe('0\n');
  });

  it('names its containers in AAAA too', async () => {
    const web = await address6('dual-web-1', 'dual_front');
    expect(await output('neighbour', 'dig +short AAAA web')).toBe(`${web}\n`);
    expect(await output('old', 'dig +short AAAA neighbour')).toBe('');
  });

  it('without IPv4 works by itself', async () => {
    expect(await output('six', 'ip -4 -o address show dev eth0')).toBe('');
    expect(await greeting(host.lan, '[fd77::1]:8082')).toBe(
      'for [fd77:0000:0000:0000:0000:0000:0000:0002]\n',
    );
  });
});

it('a network without IPv6 has none at all, not even link-local addresses', async () => {
  expect(await output('old', 'cat /proc/net/if_inet6')).not.toContain('eth0');
});

describe('traffic over IPv6', () => {
  it('comes from another machine to a published port as it is, with its own address', async () => {
    expect(await greeting(host.lan, '[fd77::1]:8080')).toBe(lanPeer);
    expect(await greeting(host.lan, '[fd77::1]:8081')).toBe(lanPeer);
  });

  it('comes from the machine itself, by its address and by ::1', async () => {
    for (const address of ['[fd77::1]:8080', '[::1]:8080'])
      expect(await greeting(host, address)).toMatch(/^for /);
  });

  it('goes between neighbours, and to a published port of a neighbour', async () => {
    const web = await address6('dual-web-1', 'dual_front');
    expect(await greeting(inside('neighbour'), `[${web}]:80`)).toMatch(/^for \[fd/);
    expect(await greeting(inside('neighbour'), '[fd77::1]:8080')).toMatch(/^for /);
  });

  it('goes out to the LAN under the address of the machine', async () => {
    await using server = host.lan.start(
      'socat TCP6-LISTEN:7000,fork,reuseaddr SYSTEM:"echo lan for \\$SOCAT_PEERADDR"',
    );
    await eventually(() => host.lan.run('ss -Hltn | grep -q 7000'));
    expect(await greeting(inside('web'), '[fd77::2]:7000')).toContain(
      'fd77:0000:0000:0000:0000:0000:0000:0001',
    );
    expect(server.stderr()).toBe('');
  });

  it('does not reach a container address from the LAN or from another network', async () => {
    const web = await address6('dual-web-1', 'dual_front');
    await expectUnreachable(host.lan, `[${web}]:80`);
    await expectUnreachable(inside('fixed'), `[${web}]:80`);
    await expectUnreachable(host.lan, '[fd99::10]:80');
  });

  it.each([
    ['nat', 'BERTH.*DNAT'],
    ['filter', 'BERTH.*--dport 80'],
  ])('to a published port needs the rules of %s', async (table, pattern) => {
    await host.berth('engine stop', { cwd });
    const rules = (await host.run(`ip6tables-save -t ${table} | grep -E -- '-A ${pattern}'`)).stdout.trim();
    for (const rule of rules.split('\n')) await host.run(`ip6tables -t ${table} ${rule.replace('-A', '-D')}`);
    await expectUnreachable(host.lan, '[fd77::1]:8080');
    await host.berth('ps', { cwd });
    expect(await greeting(host.lan, '[fd77::1]:8080')).toBe(lanPeer);
  });
});

it('forwarding is on while there is such a network and as before after it', async () => {
  const forwarding = async () => (await host.run('cat /proc/sys/net/ipv6/conf/all/forwarding')).stdout;
  expect(await forwarding()).toBe('1\n');
  expect((await host.run('cat /proc/sys/net/ipv6/conf/lan0/accept_ra')).stdout).toBe('2\n');
  await host.berth('down', { cwd });
  expect(await forwarding()).toBe('0\n');
  expect((await host.run('cat /proc/sys/net/ipv6/conf/lan0/accept_ra')).stdout).toBe('1\n');
  await host.expectClean(before);
});
