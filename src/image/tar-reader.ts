import { ByteReader } from './byte-reader.ts';
import type { Bytes } from './decompress.ts';
import { archiveDamaged, archiveLimit } from './errors.ts';
import {
  BLOCK_BYTES,
  checkedSize,
  paddingAfter,
  parseHeader,
  parsePax,
  type TarHeader,
} from './tar-header.ts';
import { sparseMap, type Extent } from './tar-sparse.ts';

/**
 * One member of a tar, its long names and pax records applied. `name` and `linkName` are byte strings (latin1):
 * a file name on Linux is bytes, and need not be UTF-8.
 */
export interface TarEntry {
  readonly name: string;
  readonly linkName: string;
  readonly type: TarType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of the whole file, holes included. */
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly major: number;
  readonly minor: number;
  readonly xattrs: ReadonlyMap<string, Buffer>;
  /** The parts of a sparse file that hold data, in order; undefined for an ordinary file. */
  readonly extents: readonly Extent[] | undefined;
}

export type TarType =
  'file' | 'hard-link' | 'symlink' | 'character' | 'block' | 'folder' | 'fifo' | `unknown ${string}`;

/**
 * Reads a tar as a stream: `next` goes to the next member, `read` gives the data of the current one. Holds one chunk
 * of the source and one header. Trusts nothing. Throws EngineError ARCHIVE_DAMAGED, ARCHIVE_LIMIT.
 *
 * Own code, not tar-stream: that turns pax values into UTF-8 text, which destroys `security.capability` and names in
 * other encodings, and does not know sparse files.
 */
export class TarReader {
  readonly #bytes: ByteReader;
  #globals: ReadonlyMap<string, Buffer> = new Map();
  #globalHeaders = 0;
  #remaining = 0;
  #padding = 0;

  constructor(source: Bytes) {
    this.#bytes = new ByteReader(source);
  }

  /** The next member; undefined at the end, when the source has been read up and closed. */
  async next(): Promise<TarEntry | undefined> {
    const extras: Extras = { longName: undefined, longLink: undefined, pax: new Map(), sparse: [] };
    for (let count = 0; count < MAX_EXTRA_HEADERS; count += 1) {
      await this.#skip();
      const header = await this.#header();
      if (!header) return undefined;
      this.#remaining = header.sizeBytes;
      this.#padding = paddingAfter(header.sizeBytes);
      if (!(await this.#takeExtra(header, extras))) return await this.#member(header, extras);
    }
    throw archiveLimit('one member has too many extra headers');
  }

  /** Data of the current member, at most `length` bytes; empty at its end. */
  async read(length = Infinity): Promise<Buffer> {
    if (this.#remaining === 0) return EMPTY;
    const chunk = await this.#bytes.some(Math.min(length, this.#remaining));
    if (chunk.length === 0) throw archiveDamaged('it ends in the middle of a file');
    this.#remaining -= chunk.length;
    return chunk;
  }

  /** Ends the source early. */
  async close(): Promise<void> {
    await this.#bytes.close();
  }

  async #header(): Promise<TarHeader | undefined> {
    const block = this.#bytes.takeNow(BLOCK_BYTES) ?? (await this.#bytes.take(BLOCK_BYTES));
    // An archive without its two closing blocks is read by every tar; one cut inside a header is not.
    if (block.length === 0) return undefined;
    if (block.length < BLOCK_BYTES) throw archiveDamaged('it ends in the middle of a header');
    const header = parseHeader(block);
    if (header) return header;
    // What stands after the end counts for a layer's digest, and for nothing else.
    await this.#bytes.drain();
    return undefined;
  }

  /** Long names and pax headers say something about the member that follows; true when this was one. */
  async #takeExtra(header: TarHeader, extras: Extras): Promise<boolean> {
    if (header.type === 'L') extras.longName = withoutNul(await this.#document(header));
    else if (header.type === 'K') extras.longLink = withoutNul(await this.#document(header));
    else if (header.type === 'g') await this.#takeGlobals(header);
    else if (header.type === 'x' || header.type === 'X') {
      const records = await this.#pax(header);
      extras.pax = merged(extras.pax, records);
      extras.sparse = records.filter(([key]) => key.startsWith('GNU.sparse.'));
    } else return false;
    return true;
  }

  async #takeGlobals(header: TarHeader): Promise<void> {
    this.#globalHeaders += 1;
    if (this.#globalHeaders > MAX_EXTRA_HEADERS) throw archiveLimit('it has too many global headers');
    this.#globals = merged(this.#globals, await this.#pax(header));
  }

  async #pax(header: TarHeader): Promise<ReturnType<typeof parsePax>> {
    return parsePax(await this.#document(header));
  }

  async #document(header: TarHeader): Promise<Buffer> {
    if (header.sizeBytes > MAX_EXTRA_BYTES)
      throw archiveLimit(`an extra header has over ${MAX_EXTRA_BYTES} bytes`);
    const data = await this.#bytes.take(header.sizeBytes);
    if (data.length < header.sizeBytes) throw archiveDamaged('it ends in the middle of a header');
    this.#remaining = 0;
    return data;
  }

  async #member(header: TarHeader, extras: Extras): Promise<TarEntry> {
    const pax = new Map([...this.#globals, ...extras.pax]);
    const type = typeOf(header);
    const paxSize = paxNumber(pax, 'size');
    const stored = checkedSize(paxSize ?? header.sizeBytes);
    // Only files have data; some writers give folders and links a size and nothing after the header.
    this.#remaining = type === 'file' || type.startsWith('unknown') ? stored : 0;
    this.#padding = paddingAfter(this.#remaining);
    const sparse = await sparseMap({
      header,
      records: extras.sparse,
      read: (length) => this.#exactly(length),
    });
    return {
      name: sparse?.name ?? paxText(pax, 'path') ?? extras.longName ?? header.name,
      linkName: paxText(pax, 'linkpath') ?? extras.longLink ?? header.linkName,
      type: type === 'file' && isOldFolder(header, extras.longName, pax) ? 'folder' : type,
      mode: header.mode,
      uid: paxNumber(pax, 'uid') ?? header.uid,
      gid: paxNumber(pax, 'gid') ?? header.gid,
      sizeBytes: sparse?.sizeBytes ?? this.#remaining,
      mtimeSeconds: paxNumber(pax, 'mtime') ?? header.mtimeSeconds,
      major: header.major,
      minor: header.minor,
      xattrs: xattrsOf(pax),
      extents: sparse?.extents,
    };
  }

  /** Data for a sparse map. Old GNU maps stand before the data and do not count as its size. */
  async #exactly(length: { bytes: number; counted: boolean }): Promise<Buffer> {
    if (length.counted && length.bytes > this.#remaining) throw archiveDamaged('a sparse map is cut short');
    const data = await this.#bytes.take(length.bytes);
    if (data.length < length.bytes) throw archiveDamaged('a sparse map is cut short');
    if (length.counted) this.#remaining -= length.bytes;
    return data;
  }

  async #skip(): Promise<void> {
    while (this.#remaining > 0) await this.read();
    if (this.#padding === 0) return;
    const padding = this.#bytes.takeNow(this.#padding) ?? (await this.#bytes.take(this.#padding));
    if (padding.length < this.#padding) throw archiveDamaged('it ends in the middle of a block');
    this.#padding = 0;
  }
}

interface Extras {
  longName: string | undefined;
  longLink: string | undefined;
  pax: ReadonlyMap<string, Buffer>;
  sparse: ReturnType<typeof parsePax>;
}

const EMPTY = Buffer.alloc(0);
const MAX_EXTRA_HEADERS = 16;
const MAX_EXTRA_BYTES = 1024 * 1024;
const XATTR_PREFIX = 'SCHILY.xattr.';

const TYPES: Readonly<Record<string, TarType>> = {
  '0': 'file',
  '1': 'hard-link',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'folder',
  '6': 'fifo',
  '7': 'file',
  S: 'file',
};

function typeOf(header: TarHeader): TarType {
  return TYPES[header.type] ?? `unknown ${JSON.stringify(header.type)}`;
}

/** Before POSIX, a folder was a file whose name ends with a slash. */
function isOldFolder(
  header: TarHeader,
  longName: string | undefined,
  pax: ReadonlyMap<string, Buffer>,
): boolean {
  const name = paxText(pax, 'path') ?? longName ?? header.name;
  return header.type === '0' && name.endsWith('/');
}

function merged(
  before: ReadonlyMap<string, Buffer>,
  records: ReturnType<typeof parsePax>,
): Map<string, Buffer> {
  const map = new Map(before);
  for (const [key, value] of records) {
    map.set(key, value);
  }
  return map;
}

function paxText(pax: ReadonlyMap<string, Buffer>, key: string): string | undefined {
  const value = pax.get(key);
  if (value?.includes(0)) throw archiveDamaged(`a pax ${key} has a zero byte`);
  // An empty value takes back what a global header said.
  return value?.length ? value.toString('latin1') : undefined;
}

function paxNumber(pax: ReadonlyMap<string, Buffer>, key: string): number | undefined {
  const text = paxText(pax, key);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^-?[0-9]{1,18}(\.[0-9]*)?$/.test(text) || !Number.isFinite(number)) {
    throw archiveDamaged(`a pax ${key} is not a number`);
  }
  return number;
}

function xattrsOf(pax: ReadonlyMap<string, Buffer>): ReadonlyMap<string, Buffer> {
  const xattrs = new Map<string, Buffer>();
  for (const [key, value] of pax) {
    if (key.startsWith(XATTR_PREFIX)) xattrs.set(key.slice(XATTR_PREFIX.length), value);
  }
  return xattrs;
}

function withoutNul(data: Buffer): string {
  const end = data.indexOf(0);
  return data.toString('latin1', 0, end === -1 ? data.length : end);
}
