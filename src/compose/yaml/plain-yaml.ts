import type { SourceText } from '../text/source-text.ts';
import { mapOf, scalar, sequence } from '../tree/node.ts';
import type { Entry, Node } from '../tree/node.ts';
import { plainScalar } from './scalars.ts';

/** A line with content. Of a list item that holds a map, what stands behind the dash becomes a line of its own. */
interface Line {
  /** Column of the content, from 0. */
  indent: number;
  /** Offsets of the content, comment included. */
  start: number;
  readonly end: number;
}

interface Reader {
  readonly source: SourceText;
  readonly text: string;
  readonly lines: readonly Line[];
  at: number;
}

/** The text uses more of YAML than is read here, or is wrong: the full reader decides. */
class NotPlain extends Error {}

const DEPTH_MAX = 50;
const KEY = /[A-Za-z_][A-Za-z0-9_./-]*(?=:(?: |\n|$))/y;
/** Line breaks and printable characters; a tab or a carriage return is left to the full reader. */
const ODD_CHARACTER = /[^\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufefe\uff00-\uffef]/;

/**
 * Reads the YAML that most compose files are made of: block maps and lists, single-line texts, lists and maps of
 * texts in brackets, comments. Gives exactly what the full reader gives, in a tenth of the time and without loading it;
 * `undefined` for every text that is not surely of that kind, wrong ones included.
 */
export function readPlainYaml(source: SourceText): Node | undefined {
  const { text } = source;
  if (ODD_CHARACTER.test(text)) return undefined;
  const reader: Reader = { source, text, lines: linesOf(text), at: 0 };
  try {
    const [first] = reader.lines;
    if (first?.indent !== 0) return undefined;
    const node = readBlock(reader, 0, 0);
    return reader.at === reader.lines.length ? node : undefined;
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let from = 0; from < text.length;) {
    const newline = text.indexOf('\n', from);
    const end = newline === -1 ? text.length : newline;
    let start = from;
    while (start < end && text[start] === ' ') start += 1;
    if (start < end && text[start] !== '#') lines.push({ indent: start - from, start, end });
    from = end + 1;
  }
  return lines;
}

function readBlock(reader: Reader, indent: number, depth: number): Node {
  const line = lineAt(reader);
  if (depth > DEPTH_MAX || line === undefined) throw new NotPlain();
  return isItem(reader, line) ? readItems(reader, indent, depth) : readEntries(reader, indent, depth);
}

function readEntries(reader: Reader, indent: number, depth: number): Node {
  const { source, text } = reader;
  const entries = new Map<string, Entry>();
  const start = lineAt(reader)?.start ?? 0;
  let end = start;
  for (let line = lineAt(reader); line !== undefined && line.indent >= indent; line = lineAt(reader)) {
    KEY.lastIndex = line.start;
    const name = KEY.exec(text)?.[0];
    if (line.indent > indent || name === undefined) throw new NotPlain();
    if (entries.has(name) || typeof plainScalar(name) !== 'string') throw new NotPlain();
    const keyEnd = line.start + name.length;
    const value = readEntryValue(reader, { line, from: keyEnd + 1, indent, depth });
    entries.set(name, { key: { source, start: line.start, end: keyEnd }, value });
    end = value.mark.end;
  }
  return mapOf(entries, { source, start, end });
}

function readEntryValue(
  reader: Reader,
  { line, from, indent, depth }: { line: Line; from: number; indent: number; depth: number },
): Node {
  const start = contentFrom(reader, from, line.end);
  if (start !== undefined) return readInline(reader, { start, line, indent });
  reader.at += 1;
  const next = lineAt(reader);
  if (next !== undefined && next.indent > indent) return readBlock(reader, next.indent, depth + 1);
  if (next?.indent === indent && isItem(reader, next)) return readItems(reader, indent, depth + 1);
  // With a comment behind the key, the full reader says where the empty value stands.
  if (from !== line.end) throw new NotPlain();
  return scalar(null, { source: reader.source, start: from, end: from });
}

function readItems(reader: Reader, indent: number, depth: number): Node {
  const items: Node[] = [];
  const start = lineAt(reader)?.start ?? 0;
  let end = start;
  for (let line = lineAt(reader); line !== undefined && line.indent >= indent; line = lineAt(reader)) {
    if (line.indent > indent) throw new NotPlain();
    if (!isItem(reader, line)) break;
    const item = readItem(reader, { line, depth });
    items.push(item);
    end = item.mark.end;
  }
  return sequence(items, { source: reader.source, start, end });
}

function readItem(reader: Reader, { line, depth }: { line: Line; depth: number }): Node {
  const start = contentFrom(reader, line.start + 1, line.end);
  if (start === undefined) throw new NotPlain();
  KEY.lastIndex = start;
  if (!KEY.test(reader.text) && !isDash(reader.text, start))
    return readInline(reader, { start, line, indent: line.indent });
  line.indent += start - line.start;
  line.start = start;
  return readBlock(reader, line.indent, depth + 1);
}

/** A value on the line of its key or dash; the next line must not go on with it. */
function readInline(
  reader: Reader,
  { start, line, indent }: { start: number; line: Line; indent: number },
): Node {
  const { text } = reader;
  const first = text[start] ?? '';
  const node = readValue(reader, { first, start, lineEnd: line.end });
  if (contentFrom(reader, node.mark.end, line.end) !== undefined) throw new NotPlain();
  reader.at += 1;
  const next = lineAt(reader);
  if (next !== undefined && next.indent > indent) throw new NotPlain();
  return node;
}

function readValue(
  reader: Reader,
  { first, start, lineEnd }: { first: string; start: number; lineEnd: number },
): Node {
  if (first === '[') return readFlowList(reader, start, lineEnd);
  return first === '{' ? readFlowMap(reader, start, lineEnd) : readText(reader, start, lineEnd);
}

function readText(reader: Reader, start: number, lineEnd: number): Node {
  const { source, text } = reader;
  const first = text[start] ?? '';
  if (first === '"' || first === "'") return readQuoted(reader, start, lineEnd);
  if (
    !/[A-Za-z0-9_$./~(<+=^;\\\u00a0-\uffff]/.test(first) &&
    !(first === '-' && /[^\s]/.test(text[start + 1] ?? ' '))
  ) {
    throw new NotPlain();
  }
  const rest = text.slice(start, lineEnd);
  const comment = rest.indexOf(' #');
  const content = (comment === -1 ? rest : rest.slice(0, comment)).trimEnd();
  const end = start + content.length;
  if (content.includes(': ') || content.endsWith(':')) throw new NotPlain();
  return scalar(plainScalar(content), { source, start, end });
}

function readQuoted({ source, text }: Reader, start: number, lineEnd: number): Node {
  const quote = text[start] ?? '';
  const length = text.slice(start + 1, lineEnd).indexOf(quote);
  const close = start + 1 + length;
  const content = text.slice(start + 1, close);
  const isDoubled = quote === "'" && text[close + 1] === "'";
  if (length === -1 || isDoubled || (quote === '"' && content.includes('\\'))) throw new NotPlain();
  const after = text[close + 1];
  if (after !== undefined && !/[\s,\]}]/.test(after)) throw new NotPlain();
  return scalar(content, { source, start, end: close + 1 });
}

/** `[a, "b", 3]`: texts only, on one line. */
function readFlowList(reader: Reader, start: number, lineEnd: number): Node {
  const { source, text } = reader;
  const items: Node[] = [];
  let at = start + 1;
  for (;;) {
    while (text[at] === ' ') at += 1;
    if (text[at] === ']') break;
    const item = readFlowText(reader, at, lineEnd);
    items.push(item);
    at = item.mark.end;
    while (text[at] === ' ') at += 1;
    if (text[at] === ',') at += 1;
    else if (text[at] !== ']') throw new NotPlain();
  }
  if (at >= lineEnd) throw new NotPlain();
  return sequence(items, { source, start, end: at + 1 });
}

/** `{a: b, c: "d"}`: texts only, on one line. */
function readFlowMap(reader: Reader, start: number, lineEnd: number): Node {
  const { source, text } = reader;
  const entries = new Map<string, Entry>();
  let at = start + 1;
  for (;;) {
    while (text[at] === ' ') at += 1;
    if (text[at] === '}') break;
    KEY.lastIndex = at;
    const name = KEY.exec(text)?.[0];
    if (name === undefined || entries.has(name) || typeof plainScalar(name) !== 'string')
      throw new NotPlain();
    const key = { source, start: at, end: at + name.length };
    at = key.end + 1;
    while (text[at] === ' ') at += 1;
    const value = readFlowText(reader, at, lineEnd);
    entries.set(name, { key, value });
    at = value.mark.end;
    while (text[at] === ' ') at += 1;
    if (text[at] === ',') at += 1;
    else if (text[at] !== '}') throw new NotPlain();
  }
  if (at >= lineEnd) throw new NotPlain();
  return mapOf(entries, { source, start, end: at + 1 });
}

function readFlowText(reader: Reader, start: number, lineEnd: number): Node {
  const { source, text } = reader;
  const first = text[start] ?? '';
  if (first === '"' || first === "'") return readQuoted(reader, start, lineEnd);
  const plain =
    /(?:[A-Za-z0-9_$./~(<+=^;]|-[A-Za-z0-9_])[A-Za-z0-9_$./~()<>+=^;@%-]*(?: [A-Za-z0-9_$./~()<>+=^;@%-]+)*/y;
  plain.lastIndex = start;
  const content = plain.exec(text)?.[0];
  if (content === undefined || start + content.length > lineEnd || isDash(text, start)) throw new NotPlain();
  return scalar(plainScalar(content), { source, start, end: start + content.length });
}

/** Where content begins behind an offset, or `undefined` when only spaces and a comment are left of the line. */
function contentFrom({ text }: Reader, from: number, lineEnd: number): number | undefined {
  let at = from;
  while (at < lineEnd && text[at] === ' ') at += 1;
  if (at >= lineEnd) return undefined;
  if (text[at] !== '#') return at;
  if (at === from) throw new NotPlain();
  return undefined;
}

function lineAt({ lines, at }: Reader): Line | undefined {
  return lines[at];
}

function isItem({ text }: Reader, { start }: Line): boolean {
  return isDash(text, start);
}

function isDash(text: string, start: number): boolean {
  const next = text[start + 1];
  return text[start] === '-' && (next === undefined || next === ' ' || next === '\n');
}
