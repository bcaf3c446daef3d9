import { copyFile, cp, link, stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRegistry } from '../../helpers/docker-registry.ts';
import { privateHost, repository, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { dockerOf, example, here, inspect } from '../../helpers/scenario.ts';

const registry = '127.0.0.1:5000';
const images = ['nginx:1.22', 'postgres:15', 'redis:7'].map((name) => `${registry}/${name}`);
const env = { REGISTRY: registry, PGPASSWORD: 'correct horse' };

/** Servers of Debian packages, in images that are made, pushed and pulled as anybody's are: examples/databases. */
describe('redis, nginx and postgres of a registry', () => {
  let host: PrivateHost;
  let before: Snapshot;
  const cwd = example('databases');

  beforeAll(async () => {
    host = await privateHost();
    await startRegistry(host, { address: registry });
    before = await host.snapshot();
    await makeImages(host);
  }, 300_000);

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  const berth = async (args: string, options: { env?: Record<string, string> } = {}) =>
    await host.berth(args, { cwd, env: { ...env, ...options.env } });
  const redis = async (...words: string[]) => (await host.run(['redis-cli', ...words])).stdout.trim();
  const sql = async (text: string) => {
    const argv = ['psql', '-h', '127.0.0.1', '-U', 'shop', '-qAt', '-v', 'ON_ERROR_STOP=1', '-c', text];
    return (await host.run(argv, { env })).stdout.trim();
  };
  const web = async () => (await host.run(['curl', '-fsS', 'http://127.0.0.1:8080/'])).stdout;
  const user = async (service: string, pid: string) =>
    (await berth(`exec -T ${service} stat -c %U /proc/${pid}`)).stdout.trim();

  it('are pulled, and run as the images want it: user, signal, volume', async () => {
    const { stderr } = await berth('up -d --wait');
    for (const image of images) expect(stderr).toContain(` Image ${image} Pulled`);
    expect([await user('cache', '1'), await user('db', '1')]).toEqual(['redis', 'postgres']);
    expect((await inspect(host, 'databases-db-1')).Config).toMatchObject({ StopSignal: 'SIGINT' });
    const states = (await berth('ps --format json')).stdout.match(/"Health":"\w+"/g);
    expect(states).toEqual(Array.from({ length: 3 }, () => '"Health":"healthy"'));
  });

  it('answer their own clients', async () => {
    expect(await redis('set', 'greeting', 'hello')).toBe('OK');
    expect(await sql('select name, price from items')).toBe('lamp|40');
    await sql("insert into items values ('chair', 75)");
    expect(await web()).toContain('The shop is open');
    await expect(sql('drop table nothing')).rejects.toThrow('table "nothing" does not exist');
  });

  it('reach each other by name', async () => {
    const asked = await berth('exec -T cache getent hosts db');
    expect(asked.stdout).toMatch(/^172\.\d+\.\d+\.\d+ +db$/m);
    const ready = await berth('exec -T db pg_isready -h db -U shop');
    expect(ready.stdout).toContain('accepting connections');
  });

  it('keep their data when they are made anew, and stop as they want to be stopped', async () => {
    const changed = { CACHE_MEMORY: '128mb', DB_PORT: '5433' };
    const ids = (await berth('ps -q')).stdout.split('\n');
    expect((await berth('plan', { env: changed })).stdout).toMatch(/databases-cache-1 +recreate +command/);
    await berth('up -d --wait', { env: changed });
    const now = (await berth('ps -q', { env: changed })).stdout.split('\n');
    // The web server has not changed: its container is the same.
    expect(now.filter((id) => id !== '' && ids.includes(id))).toHaveLength(1);
    expect(await redis('config', 'get', 'maxmemory')).toContain(String(128 * 1024 * 1024));
    expect(await redis('get', 'greeting')).toBe('hello');
    await expect(sql('select 1')).rejects.toThrow('Connection refused');
    const names = ['-p', '5433', '-c', 'select name from items order by name'];
    const kept = await host.run(['psql', '-h', '127.0.0.1', '-U', 'shop', '-qAt', ...names], { env });
    expect(kept.stdout).toBe('chair\nlamp\n');
    // A server that was killed would have to recover.
    expect((await berth('logs db')).stdout).not.toMatch(/not properly shut down|recovery in progress/);
  });

  it('keep their data over down and up, and lose it with the volumes', async () => {
    await berth('down');
    await berth('up -d --wait');
    expect([await redis('get', 'greeting'), await sql('select count(*) from items')]).toEqual(['hello', '2']);
    await berth('down --volumes');
    await berth('up -d --wait cache');
    expect(await redis('get', 'greeting')).toBe('');
  });

  it('leave nothing behind', async () => {
    await berth('down --volumes --rmi all');
    const { stdout } = await berth('image ls --format {{.Repository}}');
    expect(stdout).toBe('berth/host\n');
    expect((await dockerOf(host).listVolumes()).Volumes).toEqual([]);
    await host.berth('engine stop');
    await host.expectClean(before);
    const folders = [`${host.root}/images/blobs`, `${host.root}/images/layers`, `${host.root}/volumes`];
    expect((await host.run(['find', ...folders, '-type', 'f'])).stdout).toBe('');
  });
});

/** Builds them from what bin/test took out of packages, pushes them, and forgets them. */
async function makeImages(host: PrivateHost): Promise<void> {
  const cwd = `${host.folder}/images`;
  await cp(`${here(import.meta.url)}/images`, cwd, { recursive: true });
  for (const name of ['base', 'redis', 'nginx', 'postgres']) await takeTree(name, `${cwd}/${name}`);
  await host.berth('build -q', { cwd });
  await host.berth('push -q redis nginx postgres', { cwd });
  await host.berth('system prune --all --force', { cwd });
  await host.berth(['image', 'rm', '-f', 'real-images-base', ...images], { cwd, allowFailure: true });
}

async function takeTree(name: string, folder: string): Promise<void> {
  const tree = `${repository}/node_modules/.cache/tools/debian/${name}.tar`;
  await stat(tree).catch(() => {
    throw new Error(`${tree} is missing: bin/test takes it out of Debian packages`);
  });
  await link(tree, `${folder}/${name}.tar`).catch(() => copyFile(tree, `${folder}/${name}.tar`));
}
