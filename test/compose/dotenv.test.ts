import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Diagnostics } from '../../src/compose/diagnostics.ts';
import { readDotenv } from '../../src/compose/environment/dotenv.ts';
import { readRawEnv } from '../../src/compose/environment/raw-env.ts';
import { sourceText } from '../../src/compose/text/source-text.ts';

function read(
  text: string,
  shell: Readonly<Record<string, string>> = {},
): Record<string, string | undefined> {
  const lines = readDotenv(sourceText('/a.env', text), {
    lookup: (name) => (Object.hasOwn(shell, name) ? shell[name] : undefined),
    diagnostics: new Diagnostics(),
  });
  return Object.fromEntries(lines.map(({ name, value }) => [name, value]));
}

test.each<[string, string, Record<string, string | undefined>]>([
  ['a plain value', 'A=b', { A: 'b' }],
  ['white space around a value', 'A =  b  \n', { A: 'b' }],
  ['an empty value', 'A=\nB=1', { A: '', B: '1' }],
  ['a colon', 'A: b c', { A: 'b c' }],
  ['export', 'export A=b\nexport  B=c', { A: 'b', B: 'c' }],
  ['a comment behind a value', 'A=b # c\nB=a#b\nC= # c', { A: 'b', B: 'a#b', C: '' }],
  ['a comment of its own', '# A=b\n  # x\nB=c', { B: 'c' }],
  ['single quotes', "A='$B \\n # x'", { A: '$B \\n # x' }],
  ['double quotes', 'A="a\\nb\\t\\"c\\" \\\\ \\$D"', { A: 'a\nb\t"c" \\ $D' }],
  ['an octal escape', 'A="\\0101"', { A: 'A' }],
  ['a value over several lines', 'A="a\nb"\nB=\'c\nd\'', { A: 'a\nb', B: 'c\nd' }],
  ['a comment behind quotes', 'A="b" # c\nB=1', { A: 'b', B: '1' }],
  ['a variable of an earlier line', 'A=b\nC=${A}c', { A: 'b', C: 'bc' }],
  ['a default', 'A=${B:-c}', { A: 'c' }],
  ['a bare name that is not set', 'A', { A: undefined }],
  ['Windows line ends', 'A=b\r\nB=c\r\n', { A: 'b', B: 'c' }],
  ['the last of equal names', 'A=b\nA=c', { A: 'c' }],
])('%s is read as compose reads it', (_title, text, expected) => {
  expect(read(text)).toEqual(expected);
});

test('a variable of the shell wins over an earlier line', () => {
  expect(read('V=file\nA=$V', { V: 'shell' })).toMatchObject({ A: 'shell' });
});

test('a bare name takes its value from the shell', () => {
  expect(read('V\n', { V: 'shell' })).toEqual({ V: 'shell' });
});

test('the raw format knows neither quotes nor variables', () => {
  const lines = readRawEnv(sourceText('/a.env', '# c\nA="b" # c\nB=$C\n  D=e=f\r\nG\n'), {
    lookup: (name) => (name === 'G' ? 'g' : undefined),
    diagnostics: new Diagnostics(),
  });
  expect(lines.map(({ name, value }) => [name, value])).toEqual([
    ['A', '"b" # c'],
    ['B', '$C'],
    ['D', 'e=f'],
    ['G', 'g'],
  ]);
});

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,10}$/);

test('what is written in single quotes is read back as it is', () => {
  fc.assert(
    fc.property(fc.dictionary(name, fc.stringMatching(/^[^'\\\r\0]{0,30}$/)), (values) => {
      const text = Object.entries(values).map(([key, value]) => `${key}='${value}'\n`);
      expect(read(text.join(''))).toEqual({ ...values });
    }),
  );
});

test('no text makes the reader crash or hang', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from('AB=:"\'$${}#\\\n \t-x')), maxLength: 80 }),
      (text) => {
        read(text);
      },
    ),
    { numRuns: 2000 },
  );
});
