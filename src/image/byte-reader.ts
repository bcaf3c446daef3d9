import type { Bytes } from './decompress.ts';

/** Hands out exact numbers of bytes from a source that comes in chunks of any size; keeps at most what was asked for. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunks: Buffer[] = [];
  #buffered = 0;
  #ended = false;

  constructor(source: Bytes) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Exactly `length` bytes, or fewer when the source ends before. */
  async take(length: number): Promise<Buffer> {
    while (this.#buffered < length && (await this.#fill()));
    return this.#shift(Math.min(length, this.#buffered));
  }

  /** As `take`, when they are there already; else undefined. Saves a turn of the event loop. */
  takeNow(length: number): Buffer | undefined {
    return this.#buffered >= length ? this.#shift(length) : undefined;
  }

  /** At least one byte and at most `length`, without copying; empty at the end of the source. */
  async some(length: number): Promise<Buffer> {
    if (this.#buffered === 0) await this.#fill();
    return this.#shift(Math.min(length, this.#chunks[0]?.length ?? 0));
  }

  /** Reads the source to its end. */
  async drain(): Promise<void> {
    while ((await this.some(Infinity)).length > 0);
  }

  /** Tells the source that no more will be read. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #fill(): Promise<boolean> {
    while (!this.#ended) {
      const next = await this.#source.next();
      if (next.done) this.#ended = true;
      else if (next.value.length > 0) {
        this.#chunks.push(Buffer.isBuffer(next.value) ? next.value : Buffer.from(next.value));
        this.#buffered += next.value.length;
        return true;
      }
    }
    return false;
  }

  #shift(length: number): Buffer {
    const first = this.#chunks[0];
    if (!first || length === 0) return EMPTY;
    this.#buffered -= length;
    if (first.length === length) {
      this.#chunks.shift();
      return first;
    }
    if (first.length > length) {
      this.#chunks[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    return this.#gather(length);
  }

  #gather(length: number): Buffer {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = all.length > length ? [all.subarray(length)] : [];
    return all.subarray(0, length);
  }
}

const EMPTY = Buffer.alloc(0);
