import { lstatSync, readlinkSync, renameSync, symlinkSync } from 'node:fs';
import { open, readdir, lstat } from 'node:fs/promises';
import { isErrno } from './kernel.ts';

/** Bytes of a file, read as they are asked for. */
export async function* readChunks(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** A new file, written from its start to its end. */
export interface FileSink {
  write(chunk: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Throws when the file exists. */
export async function createFile(path: string, mode = 0o600): Promise<FileSink> {
  const file = await open(path, 'wx', mode);
  return {
    write: (chunk) => file.writeFile(chunk),
    close: () => file.close(),
  };
}

/** Renames at once, so that nothing of this process runs in between. */
export function renameNow(from: string, to: string): void {
  renameSync(from, to);
}

/** A symbolic link at `path`; one that is there is left as it is. */
export function makeSymlinkNow(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}

/** Where a symbolic link points; undefined when there is none. */
export function symlinkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EINVAL', 'ENOTDIR')) return undefined;
    throw error;
  }
}

export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'symlink' | 'other';
  readonly sizeBytes: number;
}

/** What stands at `path` itself, links not followed; undefined when nothing does. */
export function fileFacts(path: string): FileFacts | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return undefined;
  if (stats.isFile()) return { kind: 'file', sizeBytes: stats.size };
  if (stats.isDirectory()) return { kind: 'folder', sizeBytes: 0 };
  return { kind: stats.isSymbolicLink() ? 'symlink' : 'other', sizeBytes: 0 };
}

/** Milliseconds since a file was written last; 0 when there is none. */
export function ageMs(path: string): number {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats ? Date.now() - stats.mtimeMs : 0;
}

/** Bytes of the files below a folder; a file with several names counts once. Links are not followed. */
export async function treeSizeBytes(path: string): Promise<number> {
  const counted = new Set<string>();
  let total = 0;
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const child = `${folder}/${entry.name}`;
      if (entry.isDirectory()) folders.push(child);
      else if (entry.isFile()) total += await sizeOnce(child, counted);
    }
  }
  return total;
}

const CHUNK_BYTES = 256 * 1024;

async function sizeOnce(path: string, counted: Set<string>): Promise<number> {
  const stats = await lstat(path);
  if (stats.nlink === 1) return stats.size;
  const key = `${String(stats.dev)}:${String(stats.ino)}`;
  if (counted.has(key)) return 0;
  counted.add(key);
  return stats.size;
}
