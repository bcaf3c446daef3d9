/**
 * Splits a line into words as a shell would, without a shell: single quotes are literal, double quotes group and
 * know `\"` and `\\`, a backslash takes the next character as it is. `undefined` when a quote is not closed.
 */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? '';
    if (quote === "'") {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '\\' && takesBackslash(quote, line[at + 1])) {
      at += 1;
      word = (word ?? '') + (line[at] ?? '');
    } else if (quote === '"') {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== '') return undefined;
  if (word !== undefined) words.push(word);
  return words;
}

/** Within double quotes a backslash is itself, except before a quote or a backslash. */
function takesBackslash(quote: string, next: string | undefined): boolean {
  if (next === undefined) return false;
  return quote === '' || next === '"' || next === '\\';
}
