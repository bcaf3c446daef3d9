/** A place in a text file. Lines and columns count from 1, as editors show them. */
export interface SourceRange {
  /** Absolute path, or a name in angle brackets (`<stdin>`, `<shell>`). */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Length of the marked text in characters; absent when only the start is known. */
  readonly length?: number;
}

/** `file:line:column`, with the file relative to `base` when it lies below it. */
export function formatRange(range: SourceRange, base?: string): string {
  const file = base && range.file.startsWith(base + '/') ? range.file.slice(base.length + 1) : range.file;
  return `${file}:${String(range.line)}:${String(range.column)}`;
}
