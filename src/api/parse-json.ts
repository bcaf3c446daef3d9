import { badRequest } from './errors.ts';

/**
 * Parses a request's body, with mistakes in the words of Go's encoding/json, which clients know.
 * An empty text is an empty object.
 */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`invalid JSON: ${inGoWords(text, error instanceof Error ? error.message : '')}`);
  }
}

/** What V8 says was expected, and how Go says it of the character that came. */
const EXPECTED: readonly (readonly [pattern: RegExp, words: string])[] = [
  [
    /^Expected property name|^Expected double-quoted property name/,
    'looking for beginning of object key string',
  ],
  [/^Expected ':'/, 'after object key'],
  [/^Expected ',' or '}'/, 'after object key:value pair'],
  [/^Expected ',' or '\]'/, 'after array element'],
  [/^Bad control character/, 'in string literal'],
  [/^Bad escaped character/, 'in string escape code'],
  [/^No number after minus sign|^Exponent part|^Unterminated fractional/, 'in numeric literal'],
];

function inGoWords(text: string, message: string): string {
  if (/^Unexpected non-whitespace/.test(message)) return 'unexpected content after JSON';
  if (/^Unexpected end|^Unterminated string/.test(message)) return 'unexpected EOF';
  const words = EXPECTED.find(([pattern]) => pattern.test(message))?.[1] ?? 'looking for beginning of value';
  const character = characterAt(text, message);
  return character === undefined ? message : `invalid character '${character}' ${words}`;
}

function characterAt(text: string, message: string): string | undefined {
  const position = /at position (\d+)/.exec(message)?.[1];
  return position === undefined ? /^Unexpected token '(.)'/.exec(message)?.[1] : text[Number(position)];
}
