import { expect, test } from 'vitest';
import { forwarded, moment, pairs, scales, wholeNumber } from '../../src/cli/values.ts';
import { verbs } from '../../src/cli/verbs.ts';

const nowMs = Date.parse('2026-11-21T12:00:00Z');
const now = nowMs / 1000;

test.each([
  ['10m', now - 600],
  ['1h30m', now - 5400],
  ['500ms', now - 0.5],
  ['1763726400', 1_763_726_400],
  ['2026-11-21T11:00:00Z', now - 3600],
])('--since %s', (text, seconds) => {
  expect(Number(moment(text, nowMs))).toBeCloseTo(seconds, 3);
});

test('what is no time is refused with an example', () => {
  expect(() => moment('yesterday-ish', nowMs)).toThrow('is not a time');
});

test('--scale gathers services', () => {
  expect(scales('web=3', scales('db=0'))).toEqual({ web: 3, db: 0 });
  expect(() => scales('web')).toThrow('SERVICE=NUMBER');
});

test('--label gathers pairs; only the first = separates', () => {
  expect(pairs('a=b=c', pairs('x'))).toEqual({ x: '', a: 'b=c' });
});

test('a bare name of a variable takes the value of the caller', () => {
  expect(forwarded(['A=1', 'B', 'C'], { B: '2' })).toEqual(['A=1', 'B=2']);
});

test('a whole number is nothing else', () => {
  expect(wholeNumber('10')).toBe(10);
  expect(() => wholeNumber('-1')).toThrow('whole number');
});

test('the help of every verb begins with examples', async () => {
  for (const { load, name } of verbs) {
    const command = await load();
    let text = '';
    command.configureOutput({ writeOut: (part) => (text += part) });
    command.outputHelp();
    expect(text, name).toMatch(/^Examples:\n {2}/);
    expect(command.description(), name).not.toBe('');
  }
});
