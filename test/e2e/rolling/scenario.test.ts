import { mkdtemp, rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostFolders, privateHost, type PrivateHost } from '../../helpers/host.ts';
import { dockerOf, eventually, here, inspect } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);
let folder = '';
let host: PrivateHost;

beforeAll(async () => {
  folder = await mkdtemp(`${hostFolders()}-`);
  host = await privateHost({ folder });
  await host.berth('up -d --wait', { cwd });
});

afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Told {
  readonly action: string;
  readonly id: string;
}

async function eventsOf(service: string): Promise<Told[]> {
  const now = new Date(Date.now() + 1000).toISOString();
  const { stdout } = await host.berth(['events', '--json', '--since', '1h', '--until', now, service], {
    cwd,
  });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Told);
}

it('with start-first the old container stops when the new one is healthy, and gives it its name', async () => {
  const before = await inspect(host, 'roll-web-1');
  const { stderr } = await host.berth('up -d', { cwd, env: { WORD: 'bye' } });
  const after = await inspect(host, 'roll-web-1');
  expect(after.Id).not.toBe(before.Id);
  const told = await eventsOf('web');
  const isHealthy = told.findIndex(({ id, action }) => id === after.Id && action.includes('healthy'));
  const isGone = told.findIndex(({ id, action }) => id === before.Id && action === 'die');
  expect(isHealthy).toBeGreaterThan(-1);
  expect(isGone).toBeGreaterThan(isHealthy);
  expect(stderr).not.toContain('_roll-web-1');
});

it('a successor that does not become healthy is taken away, and the old container goes on', async () => {
  const before = await inspect(host, 'roll-web-1');
  const failed = await host.berth('up -d', { cwd, env: { WORD: 'bad' }, allowFailure: true });
  expect(failed.code).toBe(4);
  expect(failed.stderr).toContain('web goes on in the container it had');
  const after = await inspect(host, 'roll-web-1');
  expect(after.Id).toBe(before.Id);
  expect(after.State.Running).toBe(true);
  expect(await dockerOf(host).listContainers({ all: true })).toHaveLength(2);
});

it('a service that asks for it is restarted when it is unhealthy, and is healthy again', async () => {
  const before = await inspect(host, 'roll-db-1');
  await host.berth('exec -T db touch /sick', { cwd });
  await eventually(async () => {
    const { Id, RestartCount, State } = await inspect(host, 'roll-db-1');
    expect(Id).toBe(before.Id);
    expect(RestartCount).toBe(1);
    expect(State.Health?.Status).toBe('healthy');
  }, 20_000);
  expect((await inspect(host, 'roll-web-1')).RestartCount).toBe(0);
});

it('after a reboot a service starts when what it depends on is healthy', async () => {
  await host[Symbol.asyncDispose]();
  host = await privateHost({ folder });
  const earlier = `s/"bootId":"[^"]*"/"bootId":"earlier"/`;
  await host.run(`sed -i '${earlier}' ${host.root}/containers/*/live.json`);
  await host.berth('ps', { cwd });
  await eventually(
    async () => expect((await inspect(host, 'roll-web-1')).State.Status).toBe('running'),
    20_000,
  );
  const { State: web } = await inspect(host, 'roll-web-1');
  const { State: db } = await inspect(host, 'roll-db-1');
  const healthyAt = db.Health?.Log.find(({ ExitCode }) => ExitCode === 0)?.End;
  expect(Date.parse(web.StartedAt)).toBeGreaterThanOrEqual(Date.parse(String(healthyAt)));
});
