import {
  constants,
  lstatSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { isErrno } from './kernel.ts';

/**
 * File operations that are done at once, on the calling thread: what happens inside a private mount namespace must,
 * because only that thread is in it.
 */

/** Writes a file as a whole, in place: readers through a bind mount see the new text. */
export function writeFileNow(path: string, text: string | Buffer, mode = 0o644): void {
  writeFileSync(path, text, { mode });
}

/** A file's bytes; undefined when there is no such file. */
export function readBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Opens a file to add to, for good: the descriptor is for children's output. */
export function openForAppend(path: string): number {
  return openSync(path, 'a', 0o600);
}

export function closeNow(fd: number): void {
  closeSync(fd);
}

/** Adds to a file that must exist and must not block: kernel files and named pipes. */
export function writeToExisting(path: string, text: string | Buffer): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    writeSync(fd, typeof text === 'string' ? Buffer.from(text) : text);
  } finally {
    closeSync(fd);
  }
}

/** Replaces a file as a whole: a reader sees the old bytes or the new ones. */
export function replaceFileNow(path: string, bytes: string | Buffer, mode = 0o644): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, bytes, { mode });
  renameSync(temporary, path);
}

/** Removes a file; absence is no error. */
export function removeFileNow(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
}

/** Removes a file or a folder with all below it. */
export function removeTreeNow(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** Removes an empty folder. `in-use`: it is not empty, or the kernel still needs it. */
export function removeFolderNow(path: string): 'removed' | 'absent' | 'in-use' {
  try {
    rmdirSync(path);
    return 'removed';
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return 'absent';
    if (isErrno(error, 'EBUSY', 'ENOTEMPTY')) return 'in-use';
    throw error;
  }
}

/** Names in a folder; none when there is no such folder. */
export function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** What a path is, links not followed. Times in nanoseconds since 1970. */
export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'link' | 'character-device' | 'block-device' | 'pipe' | 'other';
  readonly size: number;
  readonly inode: bigint;
  readonly modifiedNs: bigint;
  readonly major: number;
  readonly minor: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Facts about a path; undefined when nothing is there. */
export function fileFacts(path: string, options: { readonly follow?: boolean } = {}): FileFacts | undefined {
  const read = options.follow ? statSync : lstatSync;
  const stats = read(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const kinds = [
    [stats.isFile(), 'file'],
    [stats.isDirectory(), 'folder'],
    [stats.isSymbolicLink(), 'link'],
    [stats.isCharacterDevice(), 'character-device'],
    [stats.isBlockDevice(), 'block-device'],
    [stats.isFIFO(), 'pipe'],
  ] as const;
  return {
    kind: kinds.find(([matches]) => matches)?.[1] ?? 'other',
    size: Number(stats.size),
    inode: stats.ino,
    modifiedNs: stats.mtimeNs,
    major: majorOf(stats.rdev),
    minor: minorOf(stats.rdev),
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
  };
}

/** Sets the time of last change, in milliseconds since 1970. */
export function setModifiedTime(path: string, timeMs: number): void {
  utimesSync(path, timeMs / 1000, timeMs / 1000);
}

/** As makedev(3) of glibc packs them. */
function majorOf(device: bigint): number {
  return Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n));
}

function minorOf(device: bigint): number {
  return Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n));
}
