import { afterAll, beforeAll, expect, it } from 'vitest';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { addressOf, here } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);
const replicas = ['addresses-many-1', 'addresses-many-2', 'addresses-many-3'];
let host: PrivateHost;

beforeAll(async () => {
  host = await privateHost({ lan: true });
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const addresses = () => Promise.all(replicas.map((name) => addressOf(host, name)));

it('static addresses of the file are kept free of everything that starts before', async () => {
  await host.berth('up -d many', { cwd });
  expect((await addresses()).toSorted()).toEqual(['10.98.0.2', '10.98.0.4', '10.98.0.5']);
  await host.berth('up -d', { cwd });
  expect(await addressOf(host, 'addresses-fixed-1')).toBe('10.98.0.3');
});

it('a replica keeps its address when it is made anew, whatever the order', async () => {
  const before = await addresses();
  await host.berth('up -d', { cwd, env: { GENERATION: '2' } });
  expect(await addresses()).toEqual(before);
  await host.berth('up -d --force-recreate --renew-anon-volumes', { cwd, env: { GENERATION: '2' } });
  expect(await addresses()).toEqual(before);
  await host.berth('up -d --scale many=2', { cwd, env: { GENERATION: '3' } });
  expect(await addressOf(host, 'addresses-many-2')).toBe(before[1]);
});

it('and its interface has that address', async () => {
  const { stdout } = await host.berth(
    ['exec', '-T', 'fixed', 'ip', '-4', '-o', 'address', 'show', 'dev', 'eth0'],
    {
      cwd,
    },
  );
  expect(stdout).toContain('10.98.0.3/24');
});
