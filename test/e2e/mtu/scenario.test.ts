import { afterAll, beforeAll, expect, it } from 'vitest';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { eventually, here } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);
let host: PrivateHost;

beforeAll(async () => {
  host = await privateHost({ lan: true });
  await host.run('ip link set lan0 mtu 1400; ip -n lan link set eth0 mtu 1400');
  await host.berth('up -d', { cwd });
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const inside = async (command: string): Promise<string> =>
  (await host.berth(['exec', '-T', 'web', 'bash', '-c', command], { cwd })).stdout;

it('a network has the MTU of the way out, or the one that it names', async () => {
  expect(await inside('cat /sys/class/net/eth0/mtu /sys/class/net/eth1/mtu')).toBe('1400\n1300\n');
});

it('the bridges and the ports on the host agree with it', async () => {
  const { stdout } = await host.run("ip -o link | grep -E 'br-|veth' | grep -o 'mtu [0-9]*' | sort");
  expect(stdout).toBe('mtu 1300\nmtu 1300\nmtu 1400\nmtu 1400\n');
});

it('what is sent to a container fits through a narrow part of the way, as told when it connects', async () => {
  host.lan.start('socat TCP-LISTEN:7000,fork,reuseaddr SYSTEM:"sleep 30"');
  await host.run('ip route add 10.77.0.2 dev lan0 mtu 1200');
  await using caller = host.startBerth(
    ['exec', '-T', 'web', 'socat', '-u', 'TCP:10.77.0.2:7000,retry=50,interval=0.1', 'STDOUT'],
    { cwd },
  );
  const largest = async () => (await host.lan.run("ss -tinH state established '( sport = :7000 )'")).stdout;
  // The largest segment that the other end sends: 1200 bytes less 40 of headers and 12 of options.
  await eventually(async () => expect(await largest()).toMatch(/ mss:1148 /));
  await host.run('ip route del 10.77.0.2 dev lan0');
  await caller.signal('KILL');
});

it('a container that comes when the way out is another still agrees with its bridge', async () => {
  await host.run('ip link set lan0 mtu 1500');
  await host.berth('up -d --force-recreate', { cwd });
  expect(await inside('cat /sys/class/net/eth0/mtu')).toBe('1400\n');
  await host.berth('down', { cwd });
});
