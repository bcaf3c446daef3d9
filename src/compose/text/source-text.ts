import type { SourceRange } from '../../model/source.ts';

/** The text of one file, with what is needed to turn offsets into lines and columns. */
export interface SourceText {
  /** Absolute path, or a name in angle brackets. */
  readonly file: string;
  readonly text: string;
  /** Offsets of the first character of each line; made on first use. */
  lineStarts: readonly number[] | undefined;
}

/** A stretch of a source text, in offsets. */
export interface Mark {
  readonly source: SourceText;
  readonly start: number;
  readonly end: number;
}

export function sourceText(file: string, text: string): SourceText {
  return { file, text, lineStarts: undefined };
}

export function rangeOf(mark: Mark): SourceRange {
  const { line, column } = positionAt(mark.source, mark.start);
  const endOfLine = lineEnd(mark.source, mark.start);
  const length = Math.max(1, Math.min(mark.end, endOfLine) - mark.start);
  return { file: mark.source.file, line, column, length };
}

/** Line and column, both from 1, of an offset. */
export function positionAt(source: SourceText, offset: number): { line: number; column: number } {
  const starts = linesOf(source);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}

/** The text of a line, counted from 1, without its line break. */
export function lineText(source: SourceText, line: number): string | undefined {
  const start = linesOf(source)[line - 1];
  return start === undefined ? undefined : source.text.slice(start, lineEnd(source, start));
}

function lineEnd(source: SourceText, offset: number): number {
  const end = source.text.indexOf('\n', offset);
  if (end === -1) return source.text.length;
  return source.text[end - 1] === '\r' && end > offset ? end - 1 : end;
}

function linesOf(source: SourceText): readonly number[] {
  source.lineStarts ??= startsOf(source.text);
  return source.lineStarts;
}

function startsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
