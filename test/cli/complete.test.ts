import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complete, completionText } from '../../src/cli/complete.ts';
import { verbs } from '../../src/cli/verbs.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-complete-'));
  writeFileSync(
    `${folder}/c.yaml`,
    'services: { web: { image: a }, db: { image: a }, x: { image: a, profiles: [p] } }',
  );
});

afterAll(() => rmSync(folder, { recursive: true }));

async function words(...typed: string[]): Promise<string[]> {
  const found = await complete(['-f', `${folder}/c.yaml`, ...typed]);
  return [...found.words.map(({ word }) => word), ...(found.files ? [':files'] : [])];
}

describe('completion', () => {
  it('offers the verbs, and the verbs within a verb', async () => {
    expect(await words('')).toEqual(verbs.map(({ name }) => name));
    expect(await words('lo')).toEqual(['logs', 'login', 'logout']);
    expect(await words('network', 'gr')).toEqual(['graph']);
  });

  it('offers services where a service is wanted, those of profiles too', async () => {
    expect(await words('logs', '')).toEqual(['web', 'db', 'x']);
    expect(await words('logs', 'web', 'd')).toEqual(['db']);
    expect(await words('up', '--exit-code-from', 'w')).toEqual(['web']);
    expect(await words('up', '--scale', 'w')).toEqual(['web=']);
    expect(await words('exec', '-T', 'w')).toEqual(['web']);
    expect(await words('cp', 'w')).toEqual(['web:', ':files']);
  });

  it('offers flags of the verb, and choices of a flag', async () => {
    expect(await words('logs', '--ta')).toEqual(['--tail']);
    expect(await words('--progress', 'p')).toEqual(['plain']);
    expect(await words('--proj')).toEqual(['--project-name', '--project-directory']);
  });

  it('leaves what belongs to a command in a container, and names of files, to the shell', async () => {
    expect(await words('exec', 'web', 'ls', '--a')).toEqual([':files']);
    expect(await words('--env-file', '')).toEqual([':files']);
    expect(await words('logs', '--tail', '')).toEqual([]);
  });

  it('offers no services without a file that can be read', async () => {
    expect((await complete(['-f', `${folder}/none`, 'logs', ''])).words).toEqual([]);
  });

  it('tells the shells a word and what it is about', () => {
    const text = completionText({ words: [{ word: 'up', about: 'bring up\nall' }], files: true });
    expect(text).toBe('up\tbring up\n:files\n');
  });
});
