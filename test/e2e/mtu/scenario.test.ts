import { afterAll, beforeAll, expect, it } from 'vitest';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { here } from '../../helpers/scenario.ts';

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

it('a container that comes when the way out is another still agrees with its bridge', async () => {
  await host.run('ip link set lan0 mtu 1500');
  await host.berth('up -d --force-recreate', { cwd });
  expect(await inside('cat /sys/class/net/eth0/mtu')).toBe('1400\n');
  await host.berth('down', { cwd });
});
