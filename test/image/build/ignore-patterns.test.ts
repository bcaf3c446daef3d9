import { describe, expect, test } from 'vitest';
import { IgnorePatterns } from '../../../src/image/build/ignore-patterns.ts';

const ignored = (patterns: string, path: string): boolean => new IgnorePatterns(patterns).ignores(path);

describe('.dockerignore', () => {
  test.each([
    ['node_modules', 'node_modules/a/b', true],
    ['node_modules', 'src/node_modules', false],
    ['**/node_modules', 'src/node_modules/x', true],
    ['**/node_modules', 'node_modules', true],
    ['*.md', 'README.md', true],
    ['*.md', 'docs/README.md', false],
    ['**/*.md', 'docs/README.md', true],
    ['docs/**', 'docs/a/b', true],
    ['/build/', 'build/x', true],
    ['./a/../b', 'b', true],
    ['fo?', 'foo', true],
    ['[ab].txt', 'b.txt', true],
    ['a\\*b', 'a*b', true],
    ['# comment', '# comment', false],
    ['*\n!keep', 'keep', false],
    ['*\n!keep\nkeep/secret', 'keep/secret', true],
    ['*.md\n!README*.md\nREADME-secret.md', 'README-secret.md', true],
    ['', 'a', false],
  ])('%j and %s: %s', (patterns, path, expected) => expect(ignored(patterns, path)).toBe(expected));

  test('a folder is passed over only when nothing in it can come back', () => {
    expect(new IgnorePatterns('a').prunes('a')).toBe(true);
    expect(new IgnorePatterns('a\n!a/b').prunes('a')).toBe(false);
    expect(new IgnorePatterns('a\n!c').prunes('a')).toBe(true);
    expect(new IgnorePatterns('a\n!**/keep').prunes('a')).toBe(false);
  });
});
