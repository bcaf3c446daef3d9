/** A piece of output, and where it came from. */
export interface OutputPiece {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Buffer;
}

const HEADER_BYTES = 8;

/** Takes Docker's frames apart: a header of eight bytes (stream number, three zeros, length), then the data. */
export async function* demux(source: AsyncIterable<Buffer | string>): AsyncGenerator<OutputPiece, void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    for (;;) {
      const size = rest.length < HEADER_BYTES ? undefined : rest.readUInt32BE(4);
      if (size === undefined || rest.length < HEADER_BYTES + size) break;
      yield {
        stream: rest[0] === 2 ? 'stderr' : 'stdout',
        data: rest.subarray(HEADER_BYTES, HEADER_BYTES + size),
      };
      rest = rest.subarray(HEADER_BYTES + size);
    }
  }
}

/** Splits frames onto two streams, at the pace of the slower one. Resolves at the end of the source; ends neither. */
export async function demuxStream(
  source: AsyncIterable<Buffer | string>,
  stdout: NodeJS.WritableStream,
  stderr: NodeJS.WritableStream,
): Promise<void> {
  for await (const { stream, data } of demux(source)) {
    const target = stream === 'stdout' ? stdout : stderr;
    if (!target.write(data)) await new Promise<void>((resolve) => target.once('drain', resolve));
  }
}
