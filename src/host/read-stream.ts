import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { HostError } from '../model/errors.ts';

/**
 * A file as a stream, open already.
 * @throws {HostError} FILE_UNREADABLE
 */
export async function openForReading(path: string): Promise<NodeJS.ReadableStream> {
  try {
    const handle = await open(path, 'r');
    if ((await handle.stat()).isDirectory()) {
      await handle.close();
      throw new Error('it is a folder');
    }
    return createReadStream(path, { fd: handle });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HostError('FILE_UNREADABLE', `${path} can't be read: ${reason}`, { cause: error });
  }
}
