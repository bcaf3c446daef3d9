// Every feature once, on one stack for the whole file.
import { describe, expect, test as base } from 'vitest';
import { stack, wait } from 'berth/testing';
import { stackTest } from 'berth/testing/vitest';

const file = import.meta.dirname + '/compose.yaml';
const shop = stack(file, {
  params: { GREETING: 'good day' },
  env: { api: { REGION: 'north' } },
  waitFor: {
    api: wait.all(wait.http('/', { body: /good day/ }), wait.log('listening on 3000')),
    cache: wait.any(wait.port(6379), wait.log('never written')),
  },
});
const test = stackTest(base, { shop }, { scope: 'file', logsTo: 'test-logs' });

const get = async (url: string): Promise<{ status: number; text: string }> => {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) });
  return { status: answer.status, text: await answer.text() };
};

describe('handles', () => {
  test('lead to the services', async ({ shop }) => {
    const [api, db] = [shop.service('api'), shop.service('db')];
    expect((await get(api.url())).text).toMatch(/^good day, visit \d+$/);
    expect(api.url()).toBe(`http://127.0.0.1:${api.port(3000)}`);
    expect(db.url()).toBe(`postgres://shop:secret@${db.address('back')}:5432/shop`);
    expect(await api.env()).toMatchObject({ GREETING: 'good day', REGION: 'north' });
  });

  test('run commands', async ({ shop }) => {
    const { exitCode, stdout, stderr } = await shop.service('db').exec('echo $WHO; cat >&2; exit 3', {
      env: { WHO: 'me' },
      input: 'typed',
    });
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 3, stdout: 'me\n', stderr: 'typed' });
  });

  test('copy files', async ({ shop }) => {
    const db = shop.service('db');
    await db.copyTo({ content: 'two lamps\n' }, '/data/orders');
    expect((await get(shop.service('api').url({ path: '/orders' }))).text).toBe('["two lamps"]');
    expect((await db.copyFrom('/data/orders')).toString()).toBe('two lamps\n');
  });

  test('tell logs, whole and as they come', async ({ shop }) => {
    const [first] = await shop.service('db').logs();
    expect(first).toMatchObject({ service: 'db', text: 'database system is ready to accept connections' });
    for await (const { text } of shop.service('cache').logStream()) {
      expect(text).toBe('Ready to accept connections');
      break;
    }
  });
});

describe('faults', () => {
  test('a partition between the API and its database', async ({ shop }) => {
    const orders = shop.service('api').url({ path: '/orders' });
    const partition = await shop.partition(['api'], ['db']);
    expect(await get(orders)).toEqual({ status: 503, text: 'db is silent' });
    expect((await get(shop.service('api').url())).status).toBe(200);
    await partition.heal();
    expect((await get(orders)).status).toBe(200);
  });

  test('a database that nobody reaches', async ({ shop }) => {
    await shop.isolate('db');
    expect((await get(shop.service('api').url({ path: '/orders' }))).status).toBe(503);
    await shop.heal();
  });

  test('names that fail, and names that lead elsewhere', async ({ shop }) => {
    const api = shop.service('api');
    const failing = await shop.dns.fail('cache', { with: 'nxdomain' });
    expect(await get(api.url())).toMatchObject({
      status: 503,
      text: expect.stringContaining('ENOTFOUND') as string,
    });
    await failing.heal();
    await shop.dns.override('cache', 'db');
    expect((await get(api.url())).text).not.toContain('good day, visit 1');
    await shop.heal();
  });

  test('a slow line', async ({ shop }) => {
    await shop.limit('api', { rate: '1mbit' });
    expect((await get(shop.service('api').url())).status).toBe(200);
    await shop.heal();
  });

  test('a service that is paused, killed, and started again', async ({ shop }) => {
    const [api, cache] = [shop.service('api'), shop.service('cache')];
    await cache.pause();
    expect(await get(api.url())).toEqual({ status: 503, text: 'cache is silent' });
    await cache.unpause();
    await cache.kill();
    expect((await get(api.url())).status).toBe(503);
    await cache.start();
    await cache.waitFor(wait.port(6379));
    expect((await get(api.url())).status).toBe(200);
  });
});

base('a stack for several test files: the first makes it, the last one out takes it down', async () => {
  const [one, two] = await Promise.all([stack(file).shared().up(), stack(file).shared().up()]);
  expect(one.service('db').id).toBe(two.service('db').id);
  await one.down();
  expect((await get(two.service('api').url())).status).toBe(200);
  await two.down();
});

base('a stack that does not come up says why', async () => {
  const migration = { image: 'berth/host', command: ['sh', '-c', 'echo no disk left; exit 4'] };
  const broken = stack({ services: { migration } }, { waitFor: { migration: wait.done() } });
  await expect(broken.up()).rejects.toThrow(/exit(?:ed)? \(?4\)?[^]*no disk left/);
});
