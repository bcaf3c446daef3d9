import type { ComposeWarning } from '../model/compose.ts';
import { ComposeError } from '../model/errors.ts';
import { codeFrame } from './text/code-frame.ts';
import { rangeOf } from './text/source-text.ts';
import type { Mark } from './text/source-text.ts';

/** A mistake as a factory of `errors.ts` describes it. */
export interface Mistake {
  readonly code: string;
  readonly message: string;
  /** Absent: the mistake stands in no file, such as a bad `-p`. */
  readonly mark?: Mark | undefined;
  readonly hint?: string | undefined;
}

/** More mistakes than this are not worth reading at once, and hostile files can make millions. */
const MISTAKES_MAX = 100;

/** Gathers what the phases find. Phases report and go on; `throwIfAny` ends the run with everything found. */
export class Diagnostics {
  readonly #mistakes: Mistake[] = [];
  readonly #warnings: ComposeWarning[] = [];
  readonly #seen = new Set<string>();
  /** Files in the order in which they were read: the order of the report. */
  readonly #files = new Map<string, number>();
  /** `services.web`: objects of which a part was wrong and was left out. Nothing more is asked of them. */
  readonly #tainted = new Set<string>();

  /** Another one that has found the same so far. */
  copy(): Diagnostics {
    const copy = new Diagnostics();
    copy.#mistakes.push(...this.#mistakes);
    copy.#warnings.push(...this.#warnings);
    for (const key of this.#seen) copy.#seen.add(key);
    for (const [file, rank] of this.#files) copy.#files.set(file, rank);
    for (const name of this.#tainted) copy.#tainted.add(name);
    return copy;
  }

  get warnings(): readonly ComposeWarning[] {
    return this.#warnings;
  }

  get failed(): boolean {
    return this.#mistakes.length > 0;
  }

  fileRead(file: string): void {
    if (!this.#files.has(file)) this.#files.set(file, this.#files.size);
  }

  report(mistake: Mistake, path: readonly (string | number)[] = []): void {
    this.taint(path);
    const key = `${mistake.code} ${keyOf(mistake.mark)} ${mistake.message}`;
    if (this.#seen.has(key) || this.#mistakes.length >= MISTAKES_MAX) return;
    this.#seen.add(key);
    this.#mistakes.push(mistake);
  }

  /** Remembers that a part of the object at `path` is missing because it was wrong. */
  taint(path: readonly (string | number)[]): void {
    if (path.length > 0) this.#tainted.add(path.slice(0, 2).join('.'));
  }

  isTainted(kind: string, name: string): boolean {
    return this.#tainted.has(`${kind}.${name}`) || this.#tainted.has(kind);
  }

  warn(warning: Mistake): void {
    const key = `warning ${warning.code} ${keyOf(warning.mark)} ${warning.message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const at = warning.mark && rangeOf(warning.mark);
    this.#warnings.push({ code: warning.code, text: warning.message, ...(at && { at }) });
  }

  /** @throws {ComposeError} the first mistake in file order; the others are in its `others`. */
  throwIfAny(): void {
    const [first, ...others] = this.#sorted().map((mistake) => errorFor(mistake));
    if (first === undefined) return;
    const { code, message, at, frame, hint } = first;
    throw new ComposeError(code, message, { at, frame, hint, others });
  }

  #sorted(): Mistake[] {
    const rank = (mistake: Mistake): number =>
      mistake.mark === undefined
        ? -1
        : (this.#files.get(mistake.mark.source.file) ?? Number.MAX_SAFE_INTEGER);
    return [...this.#mistakes].sort(
      (a, b) => rank(a) - rank(b) || (a.mark?.start ?? 0) - (b.mark?.start ?? 0),
    );
  }
}

/** The error for one mistake, with its position and code frame. */
export function errorFor({ code, message, mark, hint }: Mistake): ComposeError {
  if (mark === undefined) return new ComposeError(code, message, { hint });
  return new ComposeError(code, message, { at: rangeOf(mark), frame: codeFrame(mark), hint });
}

function keyOf(mark: Mark | undefined): string {
  return mark === undefined ? '' : `${mark.source.file}:${String(mark.start)}`;
}
