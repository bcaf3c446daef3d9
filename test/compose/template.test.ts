import fc from 'fast-check';
import { expect, test } from 'vitest';
import { substitute, TemplateError } from '../../src/compose/interpolate/template.ts';
import { variablesIn } from '../../src/compose/interpolate/template-variables.ts';

const values: Readonly<Record<string, string>> = { A: 'a', EMPTY: '', N: 'A' };
const lookup = (name: string): string | undefined => (Object.hasOwn(values, name) ? values[name] : undefined);
const expand = (text: string): string => substitute(text, { lookup });

test.each([
  ['$A', 'a'],
  ['${A}', 'a'],
  ['$A-b', 'a-b'],
  ['$UNSET.', '.'],
  ['$$A', '$A'],
  ['$$$A', '$a'],
  ['^RE$', '^RE$'],
  ['a $ b', 'a $ b'],
  ['$1', '$1'],
  ['${UNSET:-d}', 'd'],
  ['${EMPTY:-d}', 'd'],
  ['${EMPTY-d}', ''],
  ['${UNSET-d}', 'd'],
  ['${A:+r}', 'r'],
  ['${EMPTY:+r}', ''],
  ['${EMPTY+r}', 'r'],
  ['${UNSET+r}', ''],
  ['${A:?e}', 'a'],
  ['${EMPTY?e}', ''],
  ['${UNSET:-${A:-x}}', 'a'],
  ['${UNSET:-$A$A}', 'aa'],
  ['${UNSET:-{"b": 1}}', '{"b": 1}'],
  ['${UNSET:-a:b-c?d}', 'a:b-c?d'],
  ['${UNSET:-}', ''],
])('%s becomes %j', (template, expected) => {
  expect(expand(template)).toBe(expected);
});

test.each(['${', '${}', '${ A}', '${A!}', '${A', '${1}', '${A:}', '${A:=b}'])('%s is refused', (template) => {
  expect(() => expand(template)).toThrow(TemplateError);
});

test('what stands behind an operator is looked at only when it is needed', () => {
  expect(expand('${A:-${B?never}}')).toBe('a');
  expect(() => expand('${UNSET:-${B?now}}')).toThrow('now');
  const unset: string[] = [];
  substitute('${A:-$B}${UNSET:-$C}', { lookup, unset: (name) => unset.push(name) });
  expect(unset).toEqual(['C']);
});

test('a text whose dollars are doubled comes out as it was', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(expand(text.replaceAll('$', '$$$$'))).toBe(text);
    }),
  );
});

test('a text without a dollar is left alone, whatever else it holds', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!text.includes('$'));
      expect(expand(text)).toBe(text);
    }),
  );
});

test('no text does anything but expand or be refused, and its place lies within it', () => {
  const template = fc.string({ unit: fc.constantFrom(...Array.from('$${}:-?+AB_1 x')), maxLength: 40 });
  fc.assert(
    fc.property(template, (text) => {
      try {
        expand(text);
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        expect(error.offset + error.length).toBeLessThanOrEqual(text.length);
      }
      variablesIn(text);
    }),
    { numRuns: 3000 },
  );
});

test('variables are listed with their defaults, those inside defaults too', () => {
  expect(
    variablesIn('$A ${B:-x${C?e}} ${D:+r} $$E').map(({ name, required, defaultValue }) => [
      name,
      required,
      defaultValue,
    ]),
  ).toEqual([
    ['A', false, ''],
    ['B', false, 'x${C?e}'],
    ['D', false, ''],
    ['C', true, ''],
  ]);
});
