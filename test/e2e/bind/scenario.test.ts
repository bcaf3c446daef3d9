import { afterAll, beforeAll, expect, it } from 'vitest';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { expectUnreachable, greeting, here } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);
let host: PrivateHost;

beforeAll(async () => {
  host = await privateHost({ lan: true });
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const reachedFrom = async (): Promise<string> => {
  const [header = '', row = ''] = (await host.berth('ps', { cwd })).stdout.split('\n');
  return row.slice(header.indexOf('REACHED FROM')).trim();
};

it('a port without an address is bound to that of the file, one with an address to its own', async () => {
  await host.berth('up -d', { cwd });
  expect(await greeting(host, '127.0.0.1:8080')).toBe('web\n');
  await expectUnreachable(host.lan, '10.77.0.1:8080');
  const listening = (await host.run("ss -Hltn sport = :8080 | awk '{print $4}'")).stdout;
  expect(listening).toBe('127.0.0.1:8080\n');
  expect(await greeting(host.lan, '10.77.0.1:8081')).toBe('web\n');
  expect(await reachedFrom()).toBe('10.77.0.1 8081, this machine 8080');
});

it('BERTH_BIND is stronger than the file, and a change of it makes the container anew', async () => {
  const env = { BERTH_BIND: '0.0.0.0' };
  await host.berth('up -d', { cwd, env });
  expect(await greeting(host.lan, '10.77.0.1:8080')).toBe('web\n');
  expect(await reachedFrom()).toBe('LAN 8080, 10.77.0.1 8081');
  await host.berth('up -d', { cwd });
  await expectUnreachable(host.lan, '10.77.0.1:8080');
  await host.berth('down', { cwd });
});

it('the option host_binding_ipv4 of a network does the same for its containers', async () => {
  await host.berth('-f option.yaml up -d', { cwd });
  expect(await greeting(host, '127.0.0.1:8090')).toBe('web\n');
  await expectUnreachable(host.lan, '10.77.0.1:8090');
  const { stdout } = await host.berth('-f option.yaml ps', { cwd });
  expect(stdout).toContain('this machine');
  await host.berth('-f option.yaml down', { cwd });
});
