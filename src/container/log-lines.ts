/** One entry of a container's log. */
export interface LogLine {
  readonly stream: 'stdout' | 'stderr';
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** One line with its newline, or a part of a long line without. */
  readonly data: Buffer;
}

const NEWLINE = 10;
const SPACE = 32;
const PARTIAL = 'P'.charCodeAt(0);
const MS_IN_NS = 1_000_000n;

/** Cuts a stream of bytes into lines; what has no newline yet waits for the next bytes. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The lines that are whole now, with their newlines. */
  push(bytes: Buffer): Buffer[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = all.indexOf(NEWLINE); end !== -1; end = all.indexOf(NEWLINE, start)) {
      lines.push(all.subarray(start, end + 1));
      start = end + 1;
    }
    this.#rest = all.subarray(start);
    return lines;
  }
}

/**
 * Reads one line of conmon's k8s-file format: time, stream, `F` for a full line or `P` for a part, then the text.
 * Undefined for a line that is damaged.
 */
export function parseLogLine(line: Buffer): LogLine | undefined {
  const timeEnd = line.indexOf(SPACE);
  const streamEnd = line.indexOf(SPACE, timeEnd + 1);
  if (timeEnd === -1 || streamEnd === -1 || line[streamEnd + 2] !== SPACE) return undefined;
  const stream = line.toString('latin1', timeEnd + 1, streamEnd);
  const timeNs = parseTimeNs(line.toString('latin1', 0, timeEnd));
  if (timeNs === undefined || (stream !== 'stdout' && stream !== 'stderr')) return undefined;
  const isPartial = line[streamEnd + 1] === PARTIAL;
  return { stream, timeNs, data: line.subarray(streamEnd + 3, isPartial ? line.length - 1 : line.length) };
}

/** Whether a line of the file is a part that a later one completes. */
export function isPartialLine(line: Buffer): boolean {
  const streamEnd = line.indexOf(SPACE, line.indexOf(SPACE) + 1);
  return streamEnd !== -1 && line[streamEnd + 1] === PARTIAL;
}

let lastSecond = '';
let lastSecondNs = 0n;

/** `2026-11-21T11:42:17.744383961+00:00`. Most lines share their second with the line before: that is kept. */
function parseTimeNs(text: string): bigint | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [, second = '', fraction = '', zone = 'Z'] = match;
  if (second + zone !== lastSecond) {
    const ms = Date.parse(second + zone);
    if (Number.isNaN(ms)) return undefined;
    lastSecond = second + zone;
    lastSecondNs = BigInt(ms) * MS_IN_NS;
  }
  return lastSecondNs + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;
