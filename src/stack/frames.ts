/** A piece of output of a container without a TTY. */
export interface Frame {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Buffer;
}

const headerLength = 8;

/** Takes apart Docker's multiplexed output: `{1|2, 0, 0, 0, length}` and then as many bytes, over and over. */
export class FrameParser {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are complete now. */
  push(chunk: Buffer): Frame[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    while (this.#rest.length >= headerLength) {
      const end = headerLength + this.#rest.readUInt32BE(4);
      if (this.#rest.length < end) break;
      const stream = this.#rest[0] === 2 ? 'stderr' : 'stdout';
      frames.push({ stream, data: this.#rest.subarray(headerLength, end) });
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}

/** Cuts a byte stream into lines without their newline; a last line without one comes with `end`. */
export class LineCutter {
  #rest = '';
  readonly #decoder = new TextDecoder();

  push(chunk: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines;
  }

  end(): string[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : [rest];
  }
}
