import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callProvider, type ProviderCall } from '../../src/client/provider-program.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'provider-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Calls a provider that is a shell script; `$1` of its cases is the command. */
async function call(script: string, about: Partial<ProviderCall> = {}) {
  const path = join(folder, 'cloud');
  await writeFile(
    path,
    `#!/bin/sh\n[ "$2" = metadata ] && { ${script.includes('META') ? script : 'exit 1'}; exit; }\n${script}\n`,
  );
  await chmod(path, 0o755);
  const told: string[] = [];
  const provided = callProvider({
    service: 'db',
    project: 'shop',
    type: 'cloud',
    options: {},
    command: 'up',
    env: { PATH: `${folder}:/usr/bin:/bin`, HOME: folder },
    definition: { provider: { type: 'cloud' } },
    signal: new AbortController().signal,
    tell: (text) => told.push(text),
    ...about,
  });
  return { provided: await provided, told };
}

test('variables are told apart, values keep their equals signs, debug is not told', async () => {
  const { provided, told } = await call(`
    printf '%s\\n' '{"type":"info","message":"one\\ntwo"}'
    echo '{"type":"debug","message":"quiet"}'
    echo '{"type":"setenv","message":"URL=a=b"}'
    printf '{"type":"rawsetenv","message":"KEY="}'`);
  expect(provided).toEqual({ prefixed: { URL: 'a=b' }, raw: { KEY: '' } });
  expect(told).toEqual(['one']);
});

test('an error message fails the call, and so does what is no message', async () => {
  await expect(call(`echo '{"type":"error","message":"no money"}'; sleep 20`)).rejects.toMatchObject({
    code: 'PROVIDER_FAILED',
    message: 'provider "cloud" could not bring up db: no money',
  });
  await expect(call(`echo hello`)).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
  await expect(call(`echo '{"type":"setenv","message":"URL"}'`)).rejects.toThrow('no variable: URL');
});

test('a failed exit shows what the program said on its standard error', async () => {
  await expect(call(`echo why >&2; exit 3`)).rejects.toMatchObject({
    message: 'provider "cloud" could not bring up db: exit 3',
    logTail: ['why'],
  });
});

test('an option that the program wants is missed; stop is for those only that know it', async () => {
  const metadata = `[ "$2" = metadata ] && echo '{"description":"META","up":{"parameters":[{"name":"size","required":true}]}}'`;
  await expect(call(metadata)).rejects.toMatchObject({ code: 'PROVIDER_OPTION' });
  expect((await call(metadata, { command: 'stop' })).provided).toBeUndefined();
});

test('compose is no provider, nor is a path', async () => {
  for (const type of ['compose', '../cloud', 'nowhere']) {
    await expect(call('true', { type })).rejects.toMatchObject({ code: 'PROVIDER_MISSING' });
  }
});
