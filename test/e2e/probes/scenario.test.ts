import { expect, it } from 'vitest';
import { privateHost } from '../../helpers/host.ts';
import { eventually, here, inspect } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);

it('the engine probes ports, answers and logs itself, and others wait for that', async () => {
  await using host = await privateHost();
  const before = await host.snapshot();
  await host.berth('up -d --wait', { cwd });
  const state = async (name: string) => (await inspect(host, `probes-${name}-1`)).State;
  const [db, api, worker] = await Promise.all(['db', 'api', 'worker'].map(state));
  const ends = [db, api, worker].map((one) => one?.Health?.Log.find(({ ExitCode }) => ExitCode === 0));
  expect(ends.map((end) => end?.Output)).toEqual([
    'port 5432 takes connections',
    'HTTP/1.1 204 No Content for /health on port 80',
    'now ready for work',
  ]);
  // Each starts when the one before it is healthy.
  expect(Date.parse(api?.StartedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(String(ends[0]?.End)));
  expect(Date.parse(worker?.StartedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(String(ends[1]?.End)));
  expect((await host.berth('ps --format json', { cwd })).stdout).toContain('"Health":"healthy"');

  // A log counts anew for each run, and another engine goes on with what this one knew.
  await host.berth('restart worker', { cwd });
  await eventually(async () => expect((await state('worker')).Health?.Status).toBe('healthy'));
  await host.berth('engine stop');
  await host.berth('ps', { cwd });
  expect((await state('worker')).Health?.Status).toBe('healthy');

  const failed = await host.berth('up -d --wait broken', { cwd, allowFailure: true });
  expect(failed.code).toBe(4);
  expect(failed.stderr).toMatch(/probe: TCP 9 {3}exit 1, 2 failed in a row {3}"port 9: nobody listens"/);
  expect(failed.stderr).toContain('no port today');
  await host.berth('--profile broken down -t 1', { cwd });
  await host.expectClean(before);
});
