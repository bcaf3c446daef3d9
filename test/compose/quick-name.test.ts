import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadProject } from '../../src/compose/index.ts';
import { quickProjectName } from '../../src/compose/quick-name.ts';

const root = mkdtempSync(join(tmpdir(), 'quick-name-'));
let count = 0;

afterAll(() => rmSync(root, { recursive: true }));

function folder(text: string): string {
  const cwd = join(root, String((count += 1)), 'My Shop');
  mkdirSync(cwd, { recursive: true });
  writeFileSync(join(cwd, 'compose.yaml'), text);
  return cwd;
}

const services = 'services:\n  web:\n    image: x\n    labels:\n      name: inner\n';

test.each([
  ['name: plain\n', 'plain'],
  ["name: 'quoted'  # why\n", 'quoted'],
  ['# name: no\n', 'myshop'],
  ['', 'myshop'],
])('%j is told as the loader tells it', async (head, name) => {
  const options = { cwd: folder(head + services), environment: {} };
  expect(quickProjectName(options)).toBe(name);
  expect((await loadProject(options)).project.name).toBe(name);
});

test.each([
  'name: ${X}\n',
  '"name": x\n',
  'name:\n  x\n',
  'name: Bad Name\n',
  'include: [other.yaml]\n',
  '---\nname: a\n',
  'name: |\n  x\n',
])('%j is left to the loader', (head) => {
  expect(quickProjectName({ cwd: folder(head + services), environment: {} })).toBeUndefined();
});

test('a name in the environment is left to the loader', () => {
  const environment = { COMPOSE_PROJECT_NAME: 'other' };
  expect(quickProjectName({ cwd: folder(services), environment })).toBeUndefined();
});

test('where there is no file there is no name', () => {
  const cwd = join(root, 'empty');
  mkdirSync(cwd);
  expect(quickProjectName({ cwd, environment: {}, files: ['nothing.yaml'] })).toBeUndefined();
});
