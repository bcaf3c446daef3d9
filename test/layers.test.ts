import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';

const source = join(import.meta.dirname, '..', 'src');

/** Room → the rooms it may import, besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  model: [],
  host: ['model'],
  compose: ['model', 'host'],
  plan: ['model'],
  network: ['model', 'host'],
  dns: ['model', 'host'],
  image: ['model', 'host'],
  container: ['model', 'host'],
  engine: ['model', 'host', 'network', 'dns', 'image', 'container'],
  api: ['model', 'host', 'engine'],
  client: ['model', 'host'],
  stack: ['model', 'plan', 'compose', 'client'],
  watch: ['model', 'host', 'plan', 'compose', 'client', 'stack'],
  testing: ['model', 'host', 'compose', 'client', 'stack'],
  cli: ['model', 'host', 'plan', 'compose', 'client', 'stack', 'watch', 'engine', 'api'],
};

function sourceFiles(): string[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
}

function importsOf(path: string): string[] {
  const text = readFileSync(join(source, path), 'utf8');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
  return [...found].map(([, target = '']) => relative(source, join(source, path, '..', target)));
}

function roomOf(path: string): string {
  return path.split('/')[0] ?? '';
}

test('every room of src has its row in the import table', () => {
  const rooms = new Set(sourceFiles().map(roomOf));
  expect([...rooms].filter((room) => !(room in mayImport))).toEqual([]);
});

test('rooms import one way, as the table says', () => {
  const wrong = sourceFiles().flatMap((path) => {
    const room = roomOf(path);
    const allowed = new Set([room, ...(mayImport[room] ?? [])]);
    return importsOf(path)
      .filter((target) => !target.startsWith('..') && !allowed.has(roomOf(target)))
      .map((target) => `${path} imports ${target}`);
  });
  expect(wrong).toEqual([]);
});

test('relative imports end in .ts or .json', () => {
  const wrong = sourceFiles().flatMap((path) =>
    importsOf(path)
      .filter((target) => !/\.(ts|json|js)$/.test(target))
      .map((target) => `${path}: ${target}`),
  );
  expect(wrong).toEqual([]);
});
