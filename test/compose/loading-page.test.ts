import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

test('the page of loading names only files that exist', () => {
  const page = readFileSync(join(root, 'docs', 'loading.md'), 'utf8');
  const files = new Set(readdirSync(join(root, 'src', 'compose'), { recursive: true, encoding: 'utf8' }));
  const cells = [...page.matchAll(/^\| [^|]+ \| ([^|]+) \|/gm)].map(([, cell = '']) => cell);
  const named = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+\.ts)`/g)].map(([, file = '']) => file));
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((file) => !files.has(file))).toEqual([]);
});
