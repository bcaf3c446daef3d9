import { readdirSync, readFileSync } from 'node:fs';
import { dirname, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = new URL('../src/', import.meta.url).pathname;

/** Which rooms a room may import: the table of ARCHITECTURE.md. */
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
  watch: ['model', 'compose', 'stack'],
  testing: ['model', 'stack', 'client', 'compose'],
  // The engine only to run it: `berth engine run`.
  cli: ['model', 'host', 'plan', 'compose', 'client', 'stack', 'watch', 'api', 'engine'],
};

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.includes('/generated/'))
  .map((path) => ({ path, text: readFileSync(source + path, 'utf8') }));

describe('the source', () => {
  it('has only rooms that the table knows', () => {
    const rooms = [...new Set(files.map(({ path }) => roomOf(path)))].sort();
    expect(rooms.filter((room) => !(room in mayImport))).toEqual([]);
  });

  it('imports one way between rooms', () => {
    const wrong = files.flatMap(({ path, text }) =>
      importedRooms(path, text)
        .filter((room) => !mayImport[roomOf(path)]?.includes(room))
        .map((room) => `${path} imports ${room}`),
    );
    expect(wrong).toEqual([]);
  });
});

function roomOf(path: string): string {
  return path.split('/')[0] ?? '';
}

function importedRooms(path: string, text: string): string[] {
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.\.?\/[^']+)'/g)].map((match) =>
    String(match[1]),
  );
  const rooms = specifiers.map((specifier) => roomOf(normalize(`${dirname(path)}/${specifier}`)));
  return [...new Set(rooms)].filter((room) => room !== roomOf(path) && room !== '..');
}
