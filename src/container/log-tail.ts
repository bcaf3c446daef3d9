import type { ReadableFile } from '../host/readable-file.ts';
import { isPartialLine } from './log-lines.ts';

const FIRST_LOOK_BYTES = 65_536;
const NEWLINE = 10;

/**
 * The offset at which the last `lines` lines of a log begin. Reads from the end, each time twice as much, so that
 * the cost goes with the lines asked for and not with the size of the file. Parts count with the line they belong to.
 */
export async function tailOffset(file: ReadableFile, lines: number): Promise<number> {
  const size = await file.size();
  if (lines <= 0) return size;
  for (let look = FIRST_LOOK_BYTES; ; look *= 2) {
    const from = Math.max(0, size - look);
    const offset = offsetIn(await readFully(file, from, size - from), { lines, isWhole: from === 0 });
    if (offset !== undefined) return from + offset;
  }
}

/** How many lines there are from `offset` on; parts count with the line they belong to. */
export async function countEntries(file: ReadableFile, offset: number): Promise<number> {
  const block = await readFully(file, offset, (await file.size()) - offset);
  let count = 0;
  for (let start = 0; start < block.length;) {
    const newline = block.indexOf(NEWLINE, start);
    const end = newline < 0 ? block.length : newline + 1;
    if (end === block.length || !isPartialLine(block.subarray(start, end))) count += 1;
    start = end;
  }
  return count;
}

/** Undefined when the block does not reach back far enough. */
function offsetIn(
  block: Buffer,
  { lines, isWhole }: { readonly lines: number; readonly isWhole: boolean },
): number | undefined {
  let found = 0;
  let end = block.length;
  while (end > 0) {
    const start = end < 2 ? 0 : block.lastIndexOf(NEWLINE, end - 2) + 1;
    // The first line of a block may be cut; only the start of the file is certain.
    if (start === 0 && !isWhole) return undefined;
    const line = block.subarray(start, end);
    const isLineEnd = !isPartialLine(line) || end === block.length;
    if (isLineEnd && found === lines) return end;
    if (isLineEnd) found += 1;
    end = start;
  }
  return isWhole ? 0 : undefined;
}

async function readFully(file: ReadableFile, offset: number, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let done = 0;
  while (done < length) {
    const part = await file.read(offset + done, length - done);
    if (part.length === 0) break;
    parts.push(part);
    done += part.length;
  }
  return Buffer.concat(parts);
}
