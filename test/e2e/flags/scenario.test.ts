import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { inspect } from '../../helpers/scenario.ts';

const sleeper = { image: 'berth/host', init: true, command: ['sleep', '1000'] };
let host: PrivateHost;
let cwd = '';

async function stack(services: object): Promise<void> {
  await writeFile(`${cwd}/compose.yaml`, JSON.stringify({ name: 'flags', services }));
}

beforeAll(async () => {
  host = await privateHost();
  cwd = `${host.folder}/flags`;
  await mkdir(cwd);
  await stack({ web: sleeper, old: sleeper, extra: { ...sleeper, profiles: ['p'] } });
  await host.berth('--parallel 1 up -d --profile p --progress plain', { cwd });
  await stack({ web: sleeper });
});

afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

it('global options stand behind the verb as well', async () => {
  expect((await inspect(host, 'flags-extra-1')).State.Running).toBe(true);
  const { stdout } = await host.berth('ps -q -p nobody', { cwd });
  expect(stdout).toBe('');
});

it('ps leaves orphans out where that is asked for, and shows whole ids', async () => {
  const { Id } = await inspect(host, 'flags-web-1');
  expect((await host.berth('ps --services --orphans=false', { cwd })).stdout).toBe('web\n');
  expect((await host.berth('ps --services', { cwd })).stdout).toBe('extra\nold\nweb\n');
  const format = ['--format', '{{.ID}}', 'web'];
  expect((await host.berth(['ps', ...format], { cwd })).stdout).toBe(`${Id.slice(0, 12)}\n`);
  expect((await host.berth(['ps', '--no-trunc', ...format], { cwd })).stdout).toBe(`${Id}\n`);
});

it('a dry run names what it is about and does nothing, or is refused', async () => {
  expect((await host.berth('kill --dry-run', { cwd })).stdout).toBe('would send SIGKILL to flags-web-1\n');
  expect((await host.berth('--dry-run pause web', { cwd })).stdout).toBe('would pause flags-web-1\n');
  const refused = await host.berth('--dry-run exec web touch /x', { cwd, allowFailure: true });
  expect(refused.stderr).toContain('[DRY_RUN_UNKNOWN]');
  expect((await inspect(host, 'flags-web-1')).State.Status).toBe('running');
});

it('kill leaves orphans alone unless it is told otherwise', async () => {
  await host.berth('kill', { cwd });
  expect((await inspect(host, 'flags-web-1')).State.Running).toBe(false);
  expect((await inspect(host, 'flags-old-1')).State.Running).toBe(true);
  await host.berth('kill --remove-orphans', { cwd });
  expect((await inspect(host, 'flags-old-1')).State.Running).toBe(false);
});

it('run --quiet prints what the command says, and nothing else', async () => {
  const { stdout, stderr } = await host.berth('run --rm -q -T web echo hello', { cwd });
  expect({ stdout, stderr }).toEqual({ stdout: 'hello\n', stderr: '' });
});

it('a flag of other builders is told to have no effect', async () => {
  await writeFile(`${cwd}/Dockerfile`, 'FROM berth/host\n');
  await stack({ web: { build: '.' } });
  const { stderr } = await host.berth('build --builder other --check', { cwd });
  expect(stderr).toContain('--builder has no effect');
});
