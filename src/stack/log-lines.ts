import { FrameParser, LineCutter, type Frame } from './frames.ts';

/** One line of output, without its newline. */
export interface RawLine {
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** Turns log output with timestamps into lines, framed (no TTY) or raw (TTY): the first byte tells which it is. */
export class LineReader {
  #isFramed: boolean | undefined;
  readonly #parser = new FrameParser();
  readonly #cutters = { stdout: new LineCutter(), stderr: new LineCutter() };

  push(chunk: Buffer): RawLine[] {
    if (chunk.length === 0) return [];
    this.#isFramed ??= (chunk[0] ?? 0) <= 2;
    const frames: Frame[] = this.#isFramed ? this.#parser.push(chunk) : [{ stream: 'stdout', data: chunk }];
    return frames.flatMap(({ stream, data }) =>
      this.#cutters[stream].push(data).map((text) => parsed(stream, text)),
    );
  }

  end(): RawLine[] {
    const streams = ['stdout', 'stderr'] as const;
    return streams.flatMap((stream) => this.#cutters[stream].end().map((text) => parsed(stream, text)));
  }
}

/** `2026-11-21T12:00:00.000000001Z` → the moment one nanosecond later, as seconds since 1970. */
export function secondsAfter(time: string): string {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '0';
  const seconds = BigInt(Math.floor(Date.parse(time.replace(/\.\d+/, '')) / 1000));
  const next = seconds * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9)) + 1n;
  return `${String(next / 1_000_000_000n)}.${String(next % 1_000_000_000n).padStart(9, '0')}`;
}

function parsed(stream: 'stdout' | 'stderr', line: string): RawLine {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  const separator = text.indexOf(' ');
  if (separator < 0) return { time: text, stream, text: '' };
  return { time: text.slice(0, separator), stream, text: text.slice(separator + 1) };
}
