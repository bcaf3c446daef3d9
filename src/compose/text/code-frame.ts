import { lineText, rangeOf } from './source-text.ts';
import type { Mark } from './source-text.ts';

const LINES_BEFORE = 2;
/** Longer lines are cut around the marked place: a minified file is one line of a megabyte. */
const WIDTH_MAX = 100;

/**
 * The lines up to the marked one, numbered, with carets below the marked part. Plain text, no trailing line break.
 * Tabs become one space and control characters `·`, so that the carets stand right and a terminal stays whole.
 */
export function codeFrame(mark: Mark): string {
  const range = rangeOf(mark);
  const first = Math.max(1, range.line - LINES_BEFORE);
  const gutter = String(range.line).length;
  const skipped = Math.max(0, range.column - 1 - WIDTH_MAX / 2);
  const rows: string[] = [];
  for (let line = first; line <= range.line; line += 1) {
    rows.push(
      `${String(line).padStart(gutter)} | ${visible(lineText(mark.source, line) ?? '', skipped)}`.trimEnd(),
    );
  }
  const length = Math.min(range.length ?? 1, WIDTH_MAX - (range.column - 1 - skipped));
  rows.push(
    `${' '.repeat(gutter)} | ${' '.repeat(range.column - 1 - skipped)}${'^'.repeat(Math.max(1, length))}`,
  );
  return rows.join('\n');
}

function visible(text: string, skipped: number): string {
  return text
    .slice(skipped, skipped + WIDTH_MAX)
    .replace(/\t/g, ' ')
    .replace(/\p{Cc}/gu, '·');
}
