import { archiveDamaged, archiveLimit } from './errors.ts';
import { BLOCK_BYTES, checkedSize, sizeAt, type TarHeader } from './tar-header.ts';

/** A part of a sparse file that holds data. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

export interface SparseFile {
  /** The real name, where the format hides it from tars that cannot read it. */
  readonly name: string | undefined;
  readonly sizeBytes: number;
  readonly extents: readonly Extent[];
}

/** Reads ahead in the member: `counted` bytes are part of its size. */
export type ReadAhead = (length: { bytes: number; counted: boolean }) => Promise<Buffer>;

interface SparseInput {
  readonly header: TarHeader;
  /** The `GNU.sparse.…` pax records, in order. */
  readonly records: readonly (readonly [key: string, value: Buffer])[];
  readonly read: ReadAhead;
}

/** The map of a sparse file in any of GNU's four formats; undefined when it is an ordinary file. Throws EngineError. */
export async function sparseMap(input: SparseInput): Promise<SparseFile | undefined> {
  const file = await readMap(input);
  if (file) checkMap(file);
  return file;
}

async function readMap({ header, records, read }: SparseInput): Promise<SparseFile | undefined> {
  if (header.type === 'S') return { name: undefined, ...(await oldMap(header, read)) };
  if (records.length === 0) return undefined;
  const values = new Map(records);
  const name = values.get('GNU.sparse.name')?.toString('latin1');
  const sizeBytes = numberOf(values.get('GNU.sparse.realsize') ?? values.get('GNU.sparse.size'));
  if (values.get('GNU.sparse.major')?.toString() === '1')
    return { name, sizeBytes, extents: await dataMap(read) };
  return { name, sizeBytes, extents: headerMap(records) };
}

const MAX_EXTENTS = 1_000_000;

/** Old GNU: four extents in the header, then blocks of twenty-one. */
async function oldMap(header: TarHeader, read: ReadAhead): Promise<Omit<SparseFile, 'name'>> {
  const extents = blockExtents(header.block, 386, 4);
  for (let more = header.block[482] === 1; more;) {
    const block = await read({ bytes: BLOCK_BYTES, counted: false });
    extents.push(...blockExtents(block, 0, 21));
    more = block[504] === 1;
    checkCount(extents.length);
  }
  return { sizeBytes: sizeAt(header.block, 483, 12), extents };
}

function blockExtents(block: Buffer, start: number, count: number): Extent[] {
  const extents: Extent[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = start + index * 24;
    if (block[at] === 0) break;
    extents.push({ offset: sizeAt(block, at, 12), length: sizeAt(block, at + 12, 12) });
  }
  return extents;
}

/** Pax 0.0 (pairs of records) and 0.1 (one record with commas). */
function headerMap(records: SparseInput['records']): readonly Extent[] {
  const list = records.find(([key]) => key === 'GNU.sparse.map')?.[1].toString('latin1');
  const numbers =
    list === undefined
      ? records
          .filter(([key]) => /^GNU\.sparse\.(offset|numbytes)$/.test(key))
          .map(([, value]) => numberOf(value))
      : list.split(',').map((text) => numberOf(Buffer.from(text)));
  return pairs(numbers);
}

/** Pax 1.0: decimal lines before the data, padded to a block. */
async function dataMap(read: ReadAhead): Promise<readonly Extent[]> {
  const blocks: Buffer[] = [];
  let lines = 0;
  const readLines = async (wanted: number) => {
    while (lines < wanted) {
      const block = await read({ bytes: BLOCK_BYTES, counted: true });
      blocks.push(block);
      for (const byte of block) if (byte === NEWLINE) lines += 1;
      checkCount(blocks.length);
    }
    return Buffer.concat(blocks).toString('latin1').split('\n').slice(0, wanted);
  };
  const [count = ''] = await readLines(1);
  const extents = numberOf(Buffer.from(count));
  checkCount(extents);
  const all = await readLines(1 + extents * 2);
  return pairs(all.slice(1).map((line) => numberOf(Buffer.from(line))));
}

const NEWLINE = 0x0a;

function pairs(numbers: readonly number[]): Extent[] {
  if (numbers.length % 2 === 1) throw archiveDamaged('a sparse map has an odd number of fields');
  checkCount(numbers.length / 2);
  const extents: Extent[] = [];
  for (let index = 0; index < numbers.length; index += 2) {
    extents.push({ offset: numbers[index] ?? 0, length: numbers[index + 1] ?? 0 });
  }
  return extents;
}

function numberOf(value: Buffer | undefined): number {
  const text = value?.toString('latin1') ?? '';
  if (!/^[0-9]{1,16}$/.test(text)) throw archiveDamaged('a sparse map has a field that is not a number');
  return checkedSize(Number(text));
}

function checkCount(extents: number): void {
  if (extents > MAX_EXTENTS) throw archiveLimit(`one sparse file has over ${MAX_EXTENTS} parts`);
}

function checkMap({ extents, sizeBytes }: SparseFile): void {
  let end = 0;
  for (const { offset, length } of extents) {
    if (offset < end || offset + length > sizeBytes)
      throw archiveDamaged('a sparse map overlaps or leaves its file');
    end = offset + length;
  }
}
