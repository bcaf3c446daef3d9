import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const fileLinesMax = 400;
const functionLinesMax = 70;

/** Spelled apart, so that this file does not find itself. */
const unfinished = new RegExp(['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X:'].join('|'));
const leftInTests = new RegExp(
  `\\b(?:test|it|describe)\\.(?:${['on' + 'ly', 'sk' + 'ip', 'to' + 'do'].join('|')})\\b`,
);

function files(folder: string): { path: string; text: string }[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.startsWith('generated') && !path.includes('/generated/'))
    .map((path) => join(folder, path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

function longFunctions(path: string, text: string): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const found: string[] = [];
  const lineOf = (position: number) => file.getLineAndCharacterOfPosition(position).line;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) {
      const lines = lineOf(node.end) - lineOf(node.getStart(file)) + 1;
      if (lines > functionLinesMax) found.push(`${path}:${lineOf(node.getStart(file)) + 1}: ${lines} lines`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const all = [...files('src'), ...files('test')];

test(`no source file is longer than ${fileLinesMax} lines`, () => {
  const long = all
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > fileLinesMax);
  expect(long).toEqual([]);
});

test(`no function of src is longer than ${functionLinesMax} lines`, () => {
  expect(files('src').flatMap(({ path, text }) => longFunctions(path, text))).toEqual([]);
});

test('nothing is marked as unfinished', () => {
  expect(all.filter(({ text }) => unfinished.test(text)).map(({ path }) => path)).toEqual([]);
});

test('no test is left out or runs alone', () => {
  expect(
    files('test')
      .filter(({ text }) => leftInTests.test(text))
      .map(({ path }) => path),
  ).toEqual([]);
});
