import type { Document, YAMLError } from 'yaml';
import { isMap, isPair, isScalar, isSeq } from 'yaml';

/** A syntax error worth telling, and where. */
export interface SyntaxError {
  /** The library's word for it. */
  readonly kind: string;
  readonly words: string;
  readonly start: number;
  readonly end: number;
}

/** Mistakes that stand for themselves; after any other one the rest of the text is read wrongly. */
const INDEPENDENT = new Set(['TAB_AS_INDENT', 'BAD_DQ_ESCAPE']);
const ERRORS_MAX = 10;

/** The first error of a document, and those behind it that are not its consequence. */
export function syntaxErrors({ errors, contents }: Document.Parsed): SyntaxError[] {
  const [first, ...others] = errors;
  if (first === undefined) return [];
  const told = [first, ...others.filter(({ code }) => INDEPENDENT.has(code) && code === first.code)];
  return told.slice(0, ERRORS_MAX).map((error) => placed(error, contents));
}

/** What is not closed is reported where it opens, not at the end of the file. */
function placed({ code, message, pos }: YAMLError, contents: unknown): SyntaxError {
  const [start, end] = pos;
  const opening = code === 'MISSING_CHAR' || code === 'BAD_INDENT' ? lastOpening(contents, start) : undefined;
  if (opening === undefined || opening >= start) return { kind: code, words: message, start, end };
  return { kind: 'MISSING_CHAR', words: `${message}; it opens here`, start: opening, end: opening + 1 };
}

/** The start of the quoted text or bracket that reaches up to `end`; the innermost one. */
function lastOpening(node: unknown, end: number): number | undefined {
  if (isPair(node)) return lastOpening(node.value, end) ?? lastOpening(node.key, end);
  if (isScalar(node)) {
    const isQuoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
    return isQuoted && (node.range?.[1] ?? 0) >= end ? node.range?.[0] : undefined;
  }
  if (!isMap(node) && !isSeq(node)) return undefined;
  const inner = node.items.length === 0 ? undefined : lastOpening(node.items.at(-1), end);
  if (inner !== undefined) return inner;
  return node.flow === true && (node.range?.[1] ?? 0) >= end ? node.range?.[0] : undefined;
}
