import { fileFacts, readChunks } from '../host/file-chunks.ts';
import type { Bytes } from './decompress.ts';

/** Where an archive comes from: a file, a folder, or the bytes themselves. */
export type ArchiveSource = string | AsyncIterable<Uint8Array | string>;

export function isFolder(source: ArchiveSource): source is string {
  return typeof source === 'string' && fileFacts(source)?.kind === 'folder';
}

export async function* bytesOf(source: ArchiveSource): Bytes {
  if (typeof source === 'string') yield* readChunks(source);
  else for await (const chunk of source) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}
