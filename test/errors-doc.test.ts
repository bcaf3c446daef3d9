import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../', import.meta.url).pathname;
const source = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(`${root}src/${path}`, 'utf8') }));

const code = "'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'";
/** An error made anywhere, or a field of one; and, in the catalogues, what is handed to a helper. */
const anywhere = [
  new RegExp(`(?:Error|super)\\(\\s*(?:\\d+,\\s*)?${code}`, 'g'),
  new RegExp(`\\bcode: ${code}`, 'g'),
];
const inCatalogues = [...anywhere, new RegExp(`return \\w+\\(\\s*(?:\\d+,\\s*)?${code},`, 'g')];

describe('docs/errors.md', () => {
  it('has a row for every code in the source', () => {
    const documented = new Set(rows().map(([name]) => name));
    expect(told().filter((name) => !documented.has(name))).toEqual([]);
  });

  it('has a row for no code that the source does not have', () => {
    const text = source.map((file) => file.text).join('\n');
    const names = rows().map(([name = '']) => name);
    expect(names.filter((name) => !text.includes(`'${name}'`) && !text.includes(`[${name}]`))).toEqual([]);
  });

  it('has one row a code, in order, each with exit code, meaning and what to do', () => {
    const names = rows().map(([name = '']) => name);
    expect(names).toEqual([...new Set(names)].sort());
    expect(rows().filter((row) => row.length !== 4 || row.some((cell) => cell === ''))).toEqual([]);
  });
});

function rows(): string[][] {
  const lines = readFileSync(`${root}docs/errors.md`, 'utf8').split('\n');
  return lines
    .filter((line) => /^\| `?[A-Z][A-Z0-9_]+`? \|/.test(line))
    .map((line) => line.slice(1, -1).split(/(?<!\\)\|/))
    .map(([name = '', ...cells]) => [name.replaceAll('`', '').trim(), ...cells.map((cell) => cell.trim())]);
}

function told(): string[] {
  const codes = source.flatMap(({ path, text }) => {
    const patterns = /(^|\/)errors\.ts$/.test(path) ? inCatalogues : anywhere;
    return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name]) => String(name)));
  });
  return [...new Set(codes)].sort();
}
