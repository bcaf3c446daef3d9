import { expect, test } from 'vitest';
import { parseJson } from '../../src/api/parse-json.ts';

const mistakes: readonly (readonly [text: string, words: string])[] = [
  ['{invalid json', "invalid character 'i' looking for beginning of object key string"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
  ['[1 2]', "invalid character '2' after array element"],
  ['{"a":x}', "invalid character 'x' looking for beginning of value"],
  ['{"a":', 'unexpected EOF'],
  ['{"a":"b', 'unexpected EOF'],
  ['{} trailing', 'unexpected content after JSON'],
];

test.each(mistakes)('%s: %s', (text, words) => {
  expect(() => parseJson(text)).toThrow(`invalid JSON: ${words}`);
});

test('nothing counts as an empty object', () => {
  expect(parseJson(' \n')).toEqual({});
  expect(parseJson('{"a":[1]}')).toEqual({ a: [1] });
});
