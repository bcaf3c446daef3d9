import { describe, expect, it } from 'vitest';
import { ignoreLines, patternSet } from '../../src/model/ignore-patterns.ts';

describe('a pattern', () => {
  it.each([
    ['node_modules', 'node_modules/a/b.js', true],
    ['node_modules', 'web/node_modules', false],
    ['**/node_modules', 'web/node_modules/x', true],
    ['**/node_modules', 'node_modules', true],
    ['*.ts', 'a.ts', true],
    ['*.ts', 'src/a.ts', false],
    ['src/**/*.ts', 'src/a.ts', true],
    ['src/**/*.ts', 'src/x/y/a.ts', true],
    ['src/**', 'src/x/y', true],
    ['src/**', 'src', false],
    ['/dist/', 'dist/a', true],
    ['./a/../b', 'b', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[a-c].ts', 'b.ts', true],
    ['[^a-c].ts', 'b.ts', false],
    ['\\*.ts', '*.ts', true],
    ['\\*.ts', 'a.ts', false],
    ['a.b', 'axb', false],
    ['[z-a]', '[z-a]', true],
    ['ключ*', 'ключи', true],
  ])('%s fits %s: %s', (pattern, path, fits) => {
    expect(patternSet([pattern]).matches(path)).toBe(fits);
  });

  it('with ! in front spares what an earlier one took, and the last one decides', () => {
    const { matches } = patternSet(['*', '!src', 'src/private']);
    expect(['a', 'src/a', 'src/private/a'].map(matches)).toEqual([true, false, true]);
  });
});

describe('pruning', () => {
  it('leaves out a folder of which nothing can be spared', () => {
    const { prunes } = patternSet(['node_modules', 'docs', '!docs/keep/*.md']);
    expect(['node_modules', 'docs', 'docs/other', 'docs/keep', 'src'].map(prunes)).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
  });

  it('looks everywhere when a deep pattern spares', () => {
    expect(patternSet(['build', '!**/keep']).prunes('build')).toBe(false);
  });
});

it('comments, blanks and a byte order mark say nothing', () => {
  expect(patternSet(ignoreLines('\u{feff}# all\r\n\r\n  a  \n!b\n')).matches('a')).toBe(true);
  expect(ignoreLines('#x\n a ')).toEqual(['a']);
});
