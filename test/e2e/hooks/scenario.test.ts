import { expect, it } from 'vitest';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { dockerOf, here } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);

/** What the hooks wrote into the volume, one word a line. */
async function log(host: PrivateHost): Promise<string[]> {
  const { Mountpoint } = await dockerOf(host).getVolume('hooks_data').inspect();
  const { stdout } = await host.run(['cut', '-d', ' ', '-f', '1', `${Mountpoint}/log`]);
  return stdout.trim().split('\n');
}

async function containers(host: PrivateHost): Promise<string[]> {
  const listed = await dockerOf(host).listContainers({ all: true });
  return listed.map(({ Names, State }) => `${String(Names[0]).slice(1)} ${State}`).sort();
}

it('hooks run at their time, once, and their failure fails the command', async () => {
  await using host = await privateHost();
  const before = await host.snapshot();

  // A hook that fails leaves the service created; the next `up` runs the hooks again.
  const failed = await host.berth('up -d', { cwd, env: { HOOK: 'exit 17' }, allowFailure: true });
  expect(failed.code).toBe(4);
  expect(failed.stderr).toContain('web hook exited with status 17: pre_start[1]');
  expect(failed.stdout).toMatch(/web pre_start\[0\] {2}\| before one in [0-9a-f]{12}/);
  expect(await containers(host)).toEqual(['hooks-web-1 created']);

  await host.berth('up -d --scale web=2', { cwd });
  expect(await log(host)).toEqual(['before', 'before', 'after', 'after']);
  expect(await containers(host)).toEqual(['hooks-web-1 running', 'hooks-web-2 running']);

  // Nothing changed: nothing runs. A changed service is a new start.
  await host.berth('up -d --scale web=2', { cwd });
  expect(await log(host)).toHaveLength(4);
  await host.berth('up -d', { cwd, env: { WORD: 'two' } });
  expect((await log(host)).slice(4).sort()).toEqual(['after', 'before', 'stopping', 'stopping']);

  const stopped = await host.berth('stop', { cwd });
  expect(stopped.stdout).toContain('web pre_stop[0]  | stopping');
  await host.berth('down -v', { cwd });
  await host.expectClean(before);
});
