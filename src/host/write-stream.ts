import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** Writes a stream to a file, which is there as a whole or not at all, or to stdout when no path is given. */
export async function writeStream(source: NodeJS.ReadableStream, path: string | undefined): Promise<void> {
  if (path === undefined) return pipeline(source, process.stdout, { end: false });
  const beside = `${path}.${process.pid}.part`;
  try {
    await pipeline(source, createWriteStream(beside));
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
