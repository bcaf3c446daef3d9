import type { LogLine } from '../../stack/logs.ts';
import type { CliContext } from '../context.ts';
import { paletteFor } from './palette.ts';

export interface LogStyle {
  readonly color: boolean;
  readonly logPrefix: boolean;
  readonly timestamps?: boolean;
}

/** Prints log lines with a prefix that keeps its colour and grows to the widest name. */
export class LogPrinter {
  readonly #context: CliContext;
  readonly #style: LogStyle;
  readonly #names = new Map<string, number>();
  #width = 0;

  constructor(context: CliContext, style: LogStyle) {
    this.#context = context;
    this.#style = style;
  }

  /** Makes room for names that are known to come, so that the prefixes line up from the first line. */
  expect(names: readonly string[]): void {
    for (const name of names) this.#know(name);
  }

  /** `apart`: what a service says on stderr goes to stderr. */
  print(line: LogLine, { apart = false } = {}): void {
    const { out, err } = this.#context;
    const time = this.#style.timestamps ? `${line.time} ` : '';
    (apart && line.stream === 'stderr' ? err : out).line(
      this.#prefix(`${line.service}-${line.number}`) + time + line.text,
    );
  }

  /** A line of our own between those of the services: to stderr, under a name. */
  remark(name: string, text: string): void {
    const { err } = this.#context;
    this.#width = Math.max(this.#width, name.length);
    const prefix = this.#style.logPrefix ? err.colours.strong(`${name.padEnd(this.#width)}  | `) : '';
    err.line(prefix + text);
  }

  #prefix(name: string): string {
    if (!this.#style.logPrefix) return '';
    const index = this.#know(name);
    const palette = this.#style.color ? this.#context.out.colours : paletteFor(false);
    return palette.nth(index)(`${name.padEnd(this.#width)}  | `);
  }

  #know(name: string): number {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const index = this.#names.size;
    this.#names.set(name, index);
    this.#width = Math.max(this.#width, name.length);
    return index;
  }
}
