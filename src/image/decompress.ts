import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { filterThrough } from '../host/filter.ts';
import { HostError } from '../model/errors.ts';
import { archiveDamaged } from './errors.ts';

export type Bytes = AsyncIterable<Uint8Array>;

/** Bytes as they were before compression; what is not compressed comes as it is. Told apart by the first bytes. */
export async function* decompress(source: Bytes): AsyncGenerator<Buffer> {
  const { head, all } = await peek(source, LONGEST_MAGIC);
  const format = FORMATS.find(({ magic }) => head.subarray(0, magic.length).equals(magic));
  if (!format) yield* all;
  else if (format.program === undefined) yield* gunzip(all);
  else yield* throughProgram(format.program, all);
}

const FORMATS: readonly { readonly magic: Buffer; readonly program?: readonly string[] }[] = [
  { magic: Buffer.from('1f8b', 'hex') },
  { magic: Buffer.from('28b52ffd', 'hex'), program: ['zstd', '-dcq'] },
  { magic: Buffer.from('fd377a585a00', 'hex'), program: ['xz', '-dcq'] },
  { magic: Buffer.from('425a68', 'hex'), program: ['bzip2', '-dcq'] },
];

const LONGEST_MAGIC = 6;
const GUNZIP_CHUNK_BYTES = 256 * 1024;

/** The first bytes, and an iterable that still yields everything. */
async function peek(source: Bytes, bytes: number): Promise<{ head: Buffer; all: AsyncGenerator<Buffer> }> {
  const iterator = source[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let length = 0;
  while (length < bytes) {
    const next = await iterator.next();
    if (next.done) break;
    first.push(asBuffer(next.value));
    length += next.value.length;
  }
  const head = Buffer.concat(first);
  return { head, all: continued(head, iterator) };
}

async function* continued(head: Buffer, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head;
    for (let next = await iterator.next(); !next.done; next = await iterator.next())
      yield asBuffer(next.value);
  } finally {
    await iterator.return?.();
  }
}

async function* gunzip(source: Bytes): AsyncGenerator<Buffer> {
  const stream = createGunzip({ chunkSize: GUNZIP_CHUNK_BYTES });
  // `pipeline` destroys both ends on any failure; the failure itself comes out of reading `stream`.
  pipeline(source, stream, () => undefined);
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    throw isZlibError(error) ? archiveDamaged('gzip data', error) : error;
  } finally {
    stream.destroy();
  }
}

async function* throughProgram(argv: readonly string[], source: Bytes): AsyncGenerator<Buffer> {
  try {
    yield* filterThrough(argv, source);
  } catch (error) {
    const failed = error instanceof HostError && error.code === 'HOST_COMMAND_FAILED';
    throw failed ? archiveDamaged(`${argv[0] ?? ''} data`, error) : error;
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
