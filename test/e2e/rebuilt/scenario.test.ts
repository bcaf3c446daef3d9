import { mkdir, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { privateHost } from '../../helpers/host.ts';
import { dockerOf, eventually, here, inspect } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);

it('what was built on purpose stays, what mounts another image by now is made anew, a run builds once', async () => {
  await using host = await privateHost();
  const context = `${host.folder}/context`;
  await mkdir(context);
  await writeFile(`${context}/word`, 'one\n');
  const about = { cwd, env: { CONTEXT: context } };
  const label = async () => {
    const { Config } = await dockerOf(host).getImage('rebuilt-source').inspect();
    return Config.Labels['word'];
  };
  const said = (word: string) =>
    eventually(async () =>
      expect((await host.berth('logs --no-log-prefix reader', about)).stdout).toBe(word),
    );

  await host.berth('build --build-arg WORD=of-the-command source', about);
  await host.berth('up -d', about);
  expect(await label()).toBe('of-the-command');
  await said('one\n');
  const first = await inspect(host, 'rebuilt-reader-1');
  expect((await host.berth('plan', about)).stdout).toContain('nothing to do');

  // Another value of an argument is another image, though every step reads the same.
  await host.berth('build --build-arg WORD=another source', about);
  expect(await label()).toBe('another');
  await writeFile(`${context}/word`, 'two\n');
  await host.berth('build source', about);
  expect(await label()).toBe('of-the-file');
  expect((await host.berth('plan', about)).stdout).toMatch(
    /container rebuilt-reader-1 +recreate +image rebuilt-source at \/mnt: [0-9a-f]{12} → [0-9a-f]{12}/,
  );
  await host.berth('up -d', about);
  expect((await inspect(host, 'rebuilt-reader-1')).Id).not.toBe(first.Id);
  await said('two\n');

  const run = await host.berth('run --build --rm once', about);
  expect(run.stdout).toBe('ran once\n');
  expect(run.stderr.match(/Image rebuilt-once Built/g)).toHaveLength(1);
});
