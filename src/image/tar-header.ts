import { archiveDamaged, archiveLimit } from './errors.ts';

/** The 512 bytes before each member of a tar (POSIX ustar, pax; GNU), taken apart. Names are byte strings (latin1). */
export interface TarHeader {
  readonly name: string;
  readonly linkName: string;
  /** The type character: `0` file, `1` hard link, `2` symbolic link, `5` folder, `x` pax, `L` GNU long name, … */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly major: number;
  readonly minor: number;
  readonly block: Buffer;
}

export const BLOCK_BYTES = 512;

/** Undefined for a block of zeros, which ends an archive. Throws EngineError ARCHIVE_DAMAGED. */
export function parseHeader(block: Buffer): TarHeader | undefined {
  const sum = checksum(block);
  if (sum === EMPTY_SUM) return undefined;
  if (sum !== Number.parseInt(textAt(block, 148, 8), 8)) {
    throw archiveDamaged('a tar header has a wrong checksum, or this is no tar at all');
  }
  const name = textAt(block, 0, 100);
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? textAt(block, 345, 155) : '';
  const type = String.fromCharCode(block[156] ?? 0);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkName: textAt(block, 157, 100),
    type: type === '\0' ? '0' : type,
    mode: numberAt(block, 100, 8) & 0o7777,
    uid: numberAt(block, 108, 8),
    gid: numberAt(block, 116, 8),
    sizeBytes: sizeAt(block, 124, 12),
    mtimeSeconds: numberAt(block, 136, 12),
    major: numberAt(block, 329, 8),
    minor: numberAt(block, 337, 8),
    block,
  };
}

/** A size or an offset: a whole number from 0 on. */
export function sizeAt(block: Buffer, offset: number, length: number): number {
  return checkedSize(numberAt(block, offset, length));
}

export function checkedSize(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw archiveDamaged('a tar header has an impossible size');
  return value;
}

/** Bytes after a member of this size up to the next block. */
export function paddingAfter(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

/** Pax records: `<length> <key>=<value>\n`. Keys that come twice are kept in order. Throws EngineError. */
export function parsePax(data: Buffer): readonly (readonly [key: string, value: Buffer])[] {
  const records: (readonly [string, Buffer])[] = [];
  for (let offset = 0; offset < data.length;) {
    const space = data.indexOf(0x20, offset);
    const digits = space === -1 ? '' : data.toString('latin1', offset, space);
    const end = offset + Number(digits);
    const equals = data.indexOf(0x3d, space);
    const sound = /^[1-9][0-9]{0,9}$/.test(digits) && end <= data.length && data[end - 1] === NEWLINE;
    if (!sound || equals === -1 || equals >= end) throw archiveDamaged('a pax header is malformed');
    records.push([data.toString('latin1', space + 1, equals), data.subarray(equals + 1, end - 1)]);
    if (records.length > MAX_PAX_RECORDS)
      throw archiveLimit(`one pax header has over ${MAX_PAX_RECORDS} records`);
    offset = end;
  }
  return records;
}

const NEWLINE = 0x0a;
const MAX_PAX_RECORDS = 4096;
/** The checksum of a block of zeros: its own field counts as eight spaces. */
const EMPTY_SUM = 8 * 32;

function checksum(block: Buffer): number {
  let sum = EMPTY_SUM;
  for (let index = 0; index < 148; index += 1) sum += block[index] ?? 0;
  for (let index = 156; index < BLOCK_BYTES; index += 1) sum += block[index] ?? 0;
  return sum;
}

function textAt(block: Buffer, offset: number, length: number): string {
  const end = block.indexOf(0, offset);
  return block.toString('latin1', offset, end === -1 ? offset + length : Math.min(end, offset + length));
}

/** Octal text, or, where the first bit is set, GNU's base-256 (two's complement, big-endian). */
function numberAt(block: Buffer, offset: number, length: number): number {
  const first = block[offset] ?? 0;
  if ((first & 0x80) !== 0) return base256(block.subarray(offset, offset + length));
  const text = textAt(block, offset, length).trim();
  if (text === '') return 0;
  if (!/^[0-7]+$/.test(text)) throw archiveDamaged('a tar header has a number that is not octal');
  return Number.parseInt(text, 8);
}

function base256(field: Buffer): number {
  const negative = field[0] === 0xff;
  let value = negative ? -1 : (field[0] ?? 0) & 0x7f;
  for (const byte of field.subarray(1)) value = value * 256 + byte;
  if (!Number.isSafeInteger(value)) throw archiveDamaged('a tar header has a number that is too large');
  return value;
}
