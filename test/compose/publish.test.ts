import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  findingsIn,
  findingsInEnvFile,
  findingsInFile,
  isTellingVariable,
} from '../../src/compose/publish/findings.ts';
import { publishedFiles } from '../../src/compose/publish/published-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'publish-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function published(files: Readonly<Record<string, string>>, withEnv = true) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return publishedFiles([join(folder, 'compose.yaml')], { workingDir: folder, withEnv });
}

test('nothing but the names of files that come along changes', async () => {
  const [main, base, env, ...more] = await published({
    'compose.yaml': 'services:\n  a: # one\n    env_file: "a.env"\n    extends: {file: b.yaml, service: x}\n',
    'b.yaml': 'services:\n  x:\n    image: i\n',
    'a.env': 'A=1\n',
  });
  expect(more).toEqual([]);
  expect(main?.text).toBe(
    `services:\n  a: # one\n    env_file: ${String(env?.name)}\n    extends: {file: ${String(base?.name)}, service: x}\n`,
  );
  expect(base).toMatchObject({ kind: 'extended', text: 'services:\n  x:\n    image: i\n' });
  expect(env).toMatchObject({ kind: 'env', text: 'A=1\n' });
});

test('an extended file brings those along that it extends; env files only where they are wanted', async () => {
  const names = await published(
    {
      'compose.yaml': 'services:\n  a:\n    env_file: [a.env]\n    extends: {file: b.yaml, service: x}\n',
      'b.yaml': 'services:\n  x:\n    extends: {file: c.yaml, service: y}\n',
      'c.yaml': 'services:\n  y:\n    image: i\n',
      'a.env': 'A=1\n',
    },
    false,
  );
  expect(names.map(({ kind }) => kind)).toEqual(['compose', 'extended', 'extended']);
});

test('files with includes are refused', async () => {
  const including = { 'compose.yaml': 'include: [b.yaml]\nservices: {}\n', 'b.yaml': 'services: {}\n' };
  await expect(published(including)).rejects.toMatchObject({ code: 'PUBLISH_INCLUDES' });
});

test('credentials are told by their looks, and where they stand', () => {
  const key = `${'A'.repeat(20)}/${'b'.repeat(19)}`;
  const model = {
    services: { a: { environment: { AWS_KEY: key, OTHER: key, URL: 'redis://me:pw@host/0' } } },
  };
  expect(findingsIn(model)).toEqual([
    { type: 'AWS Secret Key', key: 'services.a.environment.AWS_KEY', value: key },
    { type: 'Basic Auth', key: 'services.a.environment.URL', value: 'redis://me:pw@host/0' },
  ]);
  expect(
    findingsIn({ url: 'redis://${USER}:${PASSWORD}@host', image: 'a/b@sha256:' + 'c'.repeat(64) }),
  ).toEqual([]);
  const token = `ghp_${'1a'.repeat(18)}`;
  expect(findingsInEnvFile(`# ghp\nexport TOKEN=${token}\n`)).toEqual([
    { type: 'Github authentication', key: 'TOKEN', value: token },
  ]);
  const pem = '-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----';
  expect(findingsInFile(`x\n${pem}\n`)).toEqual([{ type: 'Private Key', key: '', value: pem }]);
});

test('a variable tells something when its name says so and its value stands in the file', () => {
  expect(
    ['DB_PASSWORD', 'API_KEY', 'GITHUB_TOKEN', 'PGPASS'].map((name) => isTellingVariable(name, 'x')),
  ).toEqual([true, true, true, false]);
  expect(isTellingVariable('DB_PASSWORD', '${DB_PASSWORD}')).toBe(false);
  expect(isTellingVariable('DB_PASSWORD', null)).toBe(false);
  expect(isTellingVariable('PASSENGER_COUNT', '3')).toBe(false);
});
