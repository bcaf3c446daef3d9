import { chmod, copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { privateHost } from '../../helpers/host.ts';
import { dockerOf, here } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);

it('a provider is asked in its place, gives variables, and is told of stop and down', async () => {
  await using host = await privateHost();
  const before = await host.snapshot();
  const env = { PATH: `${host.folder}:${process.env['PATH'] ?? ''}` };
  const docker = dockerOf(host);
  const calls = async () => (await readFile(`${host.folder}/calls`, 'utf8')).trim().split('\n');
  const variables = async () => {
    const { Id, Config } = await docker.getContainer('provided-app-1').inspect();
    return { id: Id, own: Config.Env.filter((pair) => /^(BUCKET_URL|REGION)=/.test(pair)).sort() };
  };

  const missing = await host.berth('up -d', { cwd, env, allowFailure: true });
  expect(missing.stderr).toContain('there is no provider "cloud" for bucket');

  await copyFile(`${cwd}/cloud.sh`, `${host.folder}/cloud`);
  await chmod(`${host.folder}/cloud`, 0o755);
  await writeFile(`${host.folder}/value`, 'one');
  const up = await host.berth('up -d', { cwd, env });
  expect(up.stderr).toContain('bucket  | making it');
  expect(up.stderr).toContain('provider "bucket" overrides environment variable "REGION" in service "app"');
  // What it depends on is there first; what it knows no flag for is left out.
  expect(up.stderr.indexOf('provided-base-1 Healthy')).toBeLessThan(up.stderr.indexOf('bucket Provided'));
  expect(await calls()).toEqual(['compose --project-name=provided up --size=1 --size=2 bucket']);
  const first = await variables();
  expect(first.own).toEqual(['BUCKET_URL=one', 'REGION=of-the-cloud']);

  // The same answer changes nothing, and a plan that asks nobody knows the last one. Another one is another container.
  await host.berth('up -d', { cwd, env });
  expect(await variables()).toEqual(first);
  expect((await host.berth('plan', { cwd, env })).stdout).not.toContain('recreate');
  await writeFile(`${host.folder}/value`, 'two');
  await host.berth('up -d', { cwd, env });
  const second = await variables();
  expect(second.own).toContain('BUCKET_URL=two');
  expect(second.id).not.toBe(first.id);

  await rm(`${host.folder}/calls`);
  await host.berth('stop -t 1', { cwd, env });
  await host.berth('down', { cwd, env });
  expect(await calls()).toEqual([
    'compose --project-name=provided stop bucket',
    'compose --project-name=provided down bucket',
  ]);
  await host.expectClean(before);
});
