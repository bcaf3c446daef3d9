import { basename, dirname } from 'node:path';
import { watchFolder, type FolderWatch } from '../host/folder-watch.ts';
import { fileFacts } from '../host/files-now.ts';
import { ReadableFile } from '../host/readable-file.ts';
import { LineSplitter, parseLogLine, type LogLine } from './log-lines.ts';
import { openLog, type LogFiles } from './older-logs.ts';

export interface ReadLogRequest {
  /** The file that conmon writes; it need not exist yet. Its folder must. */
  readonly path: string;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Go on after the end of the file, until `ended` or `signal`. */
  readonly follow: boolean;
  /** Only the last so many lines; undefined: all. */
  readonly tail?: number | undefined;
  /** Begin at this byte of the file, the end of an entry (see `logPosition`), instead of counting lines. */
  readonly from?: number | undefined;
  /** Nanoseconds since 1970. */
  readonly sinceNs?: bigint | undefined;
  readonly untilNs?: bigint | undefined;
  /** Ends the reading at once, quietly. */
  readonly signal?: AbortSignal | undefined;
  /** Resolves when nothing is written any more: what is there by then is still told. */
  readonly ended?: Promise<unknown> | undefined;
}

/** The log of a container, in the order of writing. Following waits for the kernel's word, and survives rotation. */
export async function* readLog(request: ReadLogRequest): AsyncGenerator<LogLine, void, void> {
  const bell = new Bell(request);
  const reader = new LogReader(request.path);
  try {
    await reader.open(request);
    for (;;) {
      const isLast = !request.follow || bell.isOver;
      bell.reset();
      for await (const line of reader.newLines()) {
        if (request.signal?.aborted) return;
        if (request.untilNs !== undefined && line.timeNs > request.untilNs) return;
        if (isWanted(line, request)) yield line;
      }
      if (isLast || request.signal?.aborted) return;
      await bell.rung();
    }
  } finally {
    bell.close();
    await reader.close();
  }
}

/** Where the log ends now: what is written from now on begins there. */
export function logPosition(path: string): number {
  return fileFacts(path)?.size ?? 0;
}

function isWanted(line: LogLine, request: ReadLogRequest): boolean {
  return request[line.stream] && (request.sinceNs === undefined || line.timeNs >= request.sinceNs);
}

const READ_BYTES = 65_536;

/** Reads the lines of a log that were not read yet; of the file that follows, when the log was begun anew. */
class LogReader {
  readonly #path: string;
  #file: ReadableFile | undefined;
  #offset = 0;
  /** Full files that were not read yet, oldest first. */
  #older: LogFiles['older'][number][] = [];
  #splitter = new LineSplitter();

  constructor(path: string) {
    this.#path = path;
  }

  async open({ tail, from }: ReadLogRequest): Promise<void> {
    if (from !== undefined) {
      this.#file = await ReadableFile.open(this.#path);
      this.#offset = from;
      return;
    }
    const { older, newest } = await openLog(this.#path, tail);
    this.#older = [...older];
    this.#file = newest.file;
    this.#offset = newest.offset;
  }

  async *newLines(): AsyncGenerator<LogLine, void, void> {
    yield* this.#olderLines();
    this.#file ??= await ReadableFile.open(this.#path);
    while (this.#file) {
      // Asked before reading: once the path leads elsewhere, nothing more is written here.
      const isReplaced = this.#file.isReplaced();
      yield* this.#restOf(this.#file);
      if (!isReplaced) return;
      await this.#file.close();
      this.#file = await ReadableFile.open(this.#path);
      this.#offset = 0;
      this.#splitter = new LineSplitter();
    }
  }

  async close(): Promise<void> {
    for (const { file } of this.#older) await file.close();
    await this.#file?.close();
  }

  async *#olderLines(): AsyncGenerator<LogLine, void, void> {
    const offset = this.#offset;
    while (this.#older[0]) {
      const { file, offset: from } = this.#older[0];
      this.#offset = from;
      yield* this.#restOf(file);
      this.#older.shift();
      await file.close();
      this.#offset = offset;
    }
  }

  async *#restOf(file: ReadableFile): AsyncGenerator<LogLine, void, void> {
    if ((await file.size()) < this.#offset) this.#offset = 0;
    for (;;) {
      const bytes = await file.read(this.#offset, READ_BYTES);
      if (bytes.length === 0) return;
      this.#offset += bytes.length;
      for (const line of this.#splitter.push(bytes)) {
        const parsed = parseLogLine(line);
        if (parsed) yield parsed;
      }
    }
  }
}

/** Rings when there may be something to do: the file changed, the container ended, the time is up, the client left. */
class Bell {
  #isRung = false;
  #isOver = false;
  #wake: (() => void) | undefined;
  readonly #watch: FolderWatch | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #ring = (): void => {
    this.#isRung = true;
    this.#wake?.();
  };

  constructor({ follow, path, ended, signal, untilNs }: ReadLogRequest) {
    this.#signal = signal;
    if (!follow) return;
    const name = basename(path);
    this.#watch = watchFolder(dirname(path), (changed) => {
      if (changed === name) this.#ring();
    });
    const over = (): void => {
      this.#isOver = true;
      this.#ring();
    };
    void ended?.then(over, over);
    signal?.addEventListener('abort', this.#ring);
    if (untilNs !== undefined) this.#timer = setTimeout(over, delayUntil(untilNs));
  }

  /** Nothing more will come after what is there now. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Before looking: a ring during the look calls for another one. */
  reset(): void {
    this.#isRung = false;
  }

  async rung(): Promise<void> {
    if (this.#isRung) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  close(): void {
    this.#watch?.close();
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#ring);
  }
}

const TIMER_MS_MAX = 2 ** 31 - 1;

function delayUntil(timeNs: bigint): number {
  return Math.min(Math.max(Number(timeNs / 1_000_000n) - Date.now(), 0), TIMER_MS_MAX);
}
