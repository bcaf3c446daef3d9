import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Diagnostics } from '../../src/compose/diagnostics.ts';
import { sourceText } from '../../src/compose/text/source-text.ts';
import type { Node } from '../../src/compose/tree/node.ts';
import { readFully } from '../../src/compose/yaml/full-reader.ts';
import { readPlainYaml } from '../../src/compose/yaml/plain-yaml.ts';

/** A tree with the places that messages use: the start of everything, the end of texts and keys. */
function told(node: Node): unknown {
  const place = node.mark.start;
  if (node.kind === 'scalar') return [place, node.mark.end, typeof node.value, String(node.value)];
  if (node.kind === 'sequence') return [place, node.items.map(told)];
  return [place, [...node.entries].map(([name, { key, value }]) => [name, key.start, key.end, told(value)])];
}

/** True when the plain reader took the text; then both must give the same. */
function agrees(text: string): boolean {
  const plain = readPlainYaml(sourceText('/a.yaml', text));
  if (plain === undefined) return false;
  const diagnostics = new Diagnostics();
  const [full, ...more] = readFully(sourceText('/a.yaml', text), diagnostics);
  expect(diagnostics.failed || full === undefined || more.length > 0, JSON.stringify(text)).toBe(false);
  if (full !== undefined) expect(told(plain), JSON.stringify(text)).toEqual(told(full));
  return true;
}

test.each([
  'services:\n  web:\n    image: nginx:1.2\n    ports:\n      - "80:80"\n      - 81\n',
  'a: b # c\nb: "x # y" # z\nc: \'it\'\n',
  'a:\n- b\n- c: d\n  e: f\n-   g: h\n    i: j\n',
  'a: [b, "c d", 3, -x, 0.5]\nb: []\nc: [ d , e ]\n',
  'a:\nb:\n  c:\n\n  # note\n  d: ${X:-y}\n',
  'a: -1\nb: 0440\nc: 1.0\nd: ~\ne: true\nf: yes\ng: 2001-01-01\nh: 12:30\n',
  '# head\n\na: http://x/y?z#f\nb: a,b\nc: sh -c true\nd: <none>\n',
  'a:\n  - - b\n    - c\n  - d\n',
])('%j is read plainly, as the full reader reads it', (text) => {
  expect(agrees(text)).toBe(true);
});

test.each([
  'a: &b c\n',
  'a: *b\n',
  'a: !reset\n',
  'a: |\n  b\n',
  '? a\n',
  '"a": b\n',
  '1: b\n',
  'true: b\n',
  'a: b\n  c\n',
  'a: b: c\n',
  'a: b\na: c\n',
  'a:\tb\n',
  '\ta: b\n',
  'a: b\r\n',
  '---\na: b\n',
  'a: "b\\n"\n',
  'a: "b\n  c"\n',
  "a: 'b''c'\n",
  'a: [b\n',
  'a: [b: c]\n',
  'a: [[b]]\n',
  'a: @b\n',
  'a: # c\n  b: c\n',
  'a:b\n',
  ' a: b\n',
  'a: b\n c: d\n',
  '- a\nb: c\n',
  'a: "b" c\n',
  'a: b #c\nd',
  'a\n',
  '',
  '<<: a\n',
  'a: [b, c,]\n',
  'a: b\u0085c\n',
  'a: [b] c\n',
  'a:\n    b: c\n  d: e\n',
  '...\n',
  'a: - b\n',
  'a: ?\n',
])('%j is left to the full reader, or read as it reads it', (text) => {
  agrees(text);
});

test('most of the compose files of this project are plain', () => {
  const examples = join(import.meta.dirname, '..', '..', 'examples');
  const files = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /compose.*\.ya?ml$/.test(file),
  );
  const plain = files.filter((file) => agrees(readFileSync(join(examples, file), 'utf8')));
  expect(plain.length).toBeGreaterThanOrEqual(files.length / 2);
});

test('whatever lines are put together, the two readers agree', () => {
  const part = fc.constantFrom(
    'a:',
    'b: c',
    '- d',
    '- e: f',
    '-',
    '- - g',
    'h: [i, 1]',
    'j: "k"',
    "l: 'm'",
    '# n',
    'o: p # q',
    'r: ${S}',
    '',
    't: -',
    'u: []',
    'u2: {}',
    'u3: {a: b, c: 1}',
    '- {d: e}',
    'v: x: y',
    'w: z#',
    '- ""',
    'a.b: ~',
    'c:  d  ',
  );
  const line = fc
    .tuple(fc.integer({ min: 0, max: 4 }), part)
    .map(([indent, text]) => `${'  '.repeat(indent)}${text}`);
  const lines = fc.array(line, { maxLength: 8 }).map((all) => all.join('\n'));
  fc.assert(
    fc.property(lines, (text) => void agrees(text)),
    { numRuns: 5000 },
  );
});

test('whatever characters follow a key, the two readers agree', () => {
  const value = fc.string({
    unit: fc.constantFrom(...Array.from('ab01-:#,[]"\' ${}.&*!|>%@?~<=+/\\\n')),
    maxLength: 12,
  });
  fc.assert(
    fc.property(value, (text) => void agrees(`a: ${text}\nb:\n  - ${text}\n`)),
    { numRuns: 5000 },
  );
  fc.assert(
    fc.property(value, (text) => void agrees(`a: [${text}]\n`)),
    { numRuns: 5000 },
  );
  fc.assert(
    fc.property(value, (text) => void agrees(`a: {b: ${text}}\n`)),
    { numRuns: 5000 },
  );
});
