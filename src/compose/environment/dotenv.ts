import type { Diagnostics } from '../diagnostics.ts';
import * as mistakes from '../errors.ts';
import * as warnings from '../warnings.ts';
import { substitute, TemplateError } from '../interpolate/template.ts';
import { positionAt } from '../text/source-text.ts';
import type { SourceText } from '../text/source-text.ts';

/** One line of an env file. */
export interface EnvLine {
  readonly name: string;
  /** Absent: a bare name, to be taken from where the command runs. */
  readonly value: string | undefined;
  readonly line: number;
}

interface Reader {
  readonly source: SourceText;
  readonly text: string;
  at: number;
  /** Values of earlier lines, for variables in later ones. */
  readonly values: Map<string, string>;
  readonly lookup: (name: string) => string | undefined;
  readonly diagnostics: Diagnostics;
}

/** Stops the reading of one file at its first mistake: behind it, quotes can't be told apart any more. */
class Stop extends Error {}

/**
 * Reads `NAME=value` lines by compose's rules: `export ` in front, `NAME: value`, bare names, single quotes literal,
 * double quotes with escapes and variables, values over several lines, comments. Variables come from `lookup` first,
 * then from earlier lines of the same file. A mistake is reported, and the lines before it are given.
 */
export function readDotenv(
  source: SourceText,
  { lookup, diagnostics }: { lookup: (name: string) => string | undefined; diagnostics: Diagnostics },
): EnvLine[] {
  const text = source.text.replaceAll('\r\n', '\n');
  const reader: Reader = {
    source: text === source.text ? source : { ...source, text, lineStarts: undefined },
    text,
    at: 0,
    values: new Map(),
    lookup,
    diagnostics,
  };
  const lines: EnvLine[] = [];
  try {
    while (skipBlank(reader)) lines.push(readLine(reader));
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  return lines;
}

/** Goes to the next line that says something; false at the end. */
function skipBlank(reader: Reader): boolean {
  const { text } = reader;
  while (reader.at < text.length) {
    const character = text[reader.at] ?? '';
    if (character === '#') {
      const newline = text.indexOf('\n', reader.at);
      reader.at = newline === -1 ? text.length : newline;
    } else if (/\s/.test(character)) {
      reader.at += 1;
    } else {
      return true;
    }
  }
  return false;
}

function readLine(reader: Reader): EnvLine {
  const start = reader.at;
  const { line } = positionAt(reader.source, start);
  const prefix = /export[ \t]+/y;
  prefix.lastIndex = start;
  reader.at += prefix.exec(reader.text)?.[0].length ?? 0;
  const { name, bare } = readName(reader);
  if (bare) return { name, value: reader.lookup(name), line };
  const value = readValue(reader);
  reader.values.set(name, value);
  return { name, value, line };
}

function readName(reader: Reader): { name: string; bare: boolean } {
  const start = reader.at;
  const { text } = reader;
  while (reader.at < text.length) {
    const character = text[reader.at] ?? '';
    if (character === '=' || character === ':' || character === '\n') break;
    if (!/[\p{L}\p{N}_.\-[\] \t]/u.test(character)) {
      stop(reader, `unexpected character ${JSON.stringify(character)} in variable name`, [
        reader.at,
        reader.at + 1,
      ]);
    }
    reader.at += 1;
  }
  const end = reader.at;
  const name = text.slice(start, end).trim();
  if (/\s/.test(name)) stop(reader, 'key cannot contain a space', [start, end]);
  if (name === '') stop(reader, 'a variable name is missing', [start, start + 1]);
  const bare = text[reader.at] !== '=' && text[reader.at] !== ':';
  reader.at += 1;
  return { name, bare };
}

function readValue(reader: Reader): string {
  const { text } = reader;
  const afterSeparator = reader.at;
  while (/[ \t\v\f\r\u0085\u00a0]/.test(text[reader.at] ?? '')) reader.at += 1;
  const quote = text[reader.at];
  if (quote === '"' || quote === "'") return readQuoted(reader, quote);
  const start = reader.at;
  const newline = text.indexOf('\n', start);
  reader.at = newline === -1 ? text.length : newline;
  // A comment needs white space before it, which may be the white space after the separator.
  const comment = text.slice(afterSeparator, reader.at).search(/\s#/);
  const end = comment === -1 ? reader.at : Math.max(start, afterSeparator + comment);
  return expandVariables(reader, text.slice(start, end).trimEnd(), start);
}

function readQuoted(reader: Reader, quote: string): string {
  const start = reader.at;
  let end = start + 1;
  while (end < reader.text.length && reader.text[end] !== quote) end += reader.text[end] === '\\' ? 2 : 1;
  if (end >= reader.text.length) {
    const line = reader.text.indexOf('\n', start);
    stop(reader, 'unterminated quoted value', [start, line === -1 ? reader.text.length : line]);
  }
  reader.at = end + 1;
  const content = reader.text.slice(start + 1, end);
  return quote === "'" ? content : expandVariables(reader, expandEscapes(content), start);
}

function expandEscapes(text: string): string {
  const letters: Readonly<Record<string, string>> = {
    n: '\n',
    r: '\r',
    t: '\t',
    a: '\u0007',
    b: '\b',
    f: '\f',
    v: '\v',
  };
  return text.replace(/\\(0[0-7]{1,3}|[\s\S])/g, (whole, what: string) => {
    // The template turns `$$` back into one dollar sign.
    if (what === '$') return '$$';
    if (what.length > 1) return String.fromCodePoint(Number.parseInt(what, 8));
    if (what === '\\' || what === '"') return what;
    return letters[what] ?? whole;
  });
}

function expandVariables(reader: Reader, value: string, start: number): string {
  if (!value.includes('$')) return value;
  const lookup = (name: string): string | undefined => reader.lookup(name) ?? reader.values.get(name);
  const unset = (name: string): void => {
    reader.diagnostics.warn(warnings.unsetVariable(name, { source: reader.source, start, end: start + 1 }));
  };
  try {
    return substitute(value, { lookup, unset });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const line = reader.text.indexOf('\n', start);
    const words =
      error.kind === 'required'
        ? `required variable ${error.variable} is missing a value: ${error.message}`
        : error.message;
    return stop(reader, words, [start, line === -1 ? reader.text.length : line]);
  }
}

function stop(reader: Reader, problem: string, [start, end]: readonly [number, number]): never {
  reader.diagnostics.fileRead(reader.source.file);
  reader.diagnostics.report(
    mistakes.envFileSyntax(
      problem,
      { source: reader.source, start, end },
      'write one `NAME=value` a line; put a value with quotes, `#` or line breaks in quotes',
    ),
  );
  throw new Stop();
}
