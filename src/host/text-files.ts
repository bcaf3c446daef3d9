import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { Stats } from 'node:fs';

/** What reading a text file gave: its bytes, or the one reason why there are none. */
export type FileRead =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | {
      readonly kind: 'missing' | 'folder' | 'denied' | 'loop' | 'too-large' | 'not-a-file' | 'failed';
      readonly reason: string;
    };

/**
 * Reads a whole file, at most `maxBytes` of it.
 * Named pipes are refused, because one without a writer would block for ever; `/dev/fd/N` and `/proc/…/fd/N`
 * (process substitution of a shell) are read, and so are devices such as `/dev/null`.
 */
export function readFileBounded(path: string, maxBytes: number): FileRead {
  let fd: number;
  try {
    fd = openSync(
      path,
      isInheritedDescriptor(path) ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK,
    );
  } catch (error) {
    return { kind: kindOf(error), reason: reasonOf(error) };
  }
  try {
    return readOpenFile(fd, { path, maxBytes });
  } catch (error) {
    return { kind: kindOf(error), reason: reasonOf(error) };
  } finally {
    closeSync(fd);
  }
}

/** What stands at a path, links followed. */
export function pathKind(path: string): 'file' | 'folder' | 'other' | 'missing' {
  let stats: Stats | undefined;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
  } catch {
    return 'missing';
  }
  if (stats === undefined) return 'missing';
  if (stats.isFile()) return 'file';
  return stats.isDirectory() ? 'folder' : 'other';
}

/** The path with all its symbolic links followed; the path itself while nothing stands there. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function readOpenFile(fd: number, { path, maxBytes }: { path: string; maxBytes: number }): FileRead {
  const stats = fstatSync(fd);
  if (stats.isDirectory()) return { kind: 'folder', reason: 'is a directory' };
  if ((stats.isFIFO() || stats.isSocket()) && !isInheritedDescriptor(path)) {
    return { kind: 'not-a-file', reason: 'is a pipe or socket' };
  }
  if (stats.size > maxBytes) return tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let total = 0;
  while (total <= maxBytes) {
    const chunk = Buffer.allocUnsafe(Math.max(stats.size - total + 1, 65_536));
    const count = readSync(fd, chunk, 0, chunk.length, null);
    if (count === 0) return { kind: 'bytes', bytes: Buffer.concat(chunks, total) };
    chunks.push(chunk.subarray(0, count));
    total += count;
  }
  return tooLarge(maxBytes);
}

function tooLarge(maxBytes: number): FileRead {
  return { kind: 'too-large', reason: `is larger than ${String(maxBytes)} bytes` };
}

function isInheritedDescriptor(path: string): boolean {
  return /^\/(dev|proc\/[^/]+)\/fd\/\d+$/.test(path) || path === '/dev/stdin';
}

function kindOf(error: unknown): Exclude<FileRead['kind'], 'bytes'> {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'missing';
    case 'EACCES':
    case 'EPERM':
      return 'denied';
    case 'ELOOP':
      return 'loop';
    case 'EISDIR':
      return 'folder';
    case 'ENXIO':
      return 'not-a-file';
    default:
      return 'failed';
  }
}

function reasonOf(error: unknown): string {
  const words: Record<string, string> = {
    ENOENT: 'no such file',
    ENOTDIR: 'no such file: a part of its path is not a directory',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    ELOOP: 'its symbolic links lead in a circle',
    ENAMETOOLONG: 'its name is too long',
  };
  const code = codeOf(error);
  return words[code] ?? (error instanceof Error ? error.message : String(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Writes a text that a person asked to be written somewhere, over what stands there. */
export function writeTextFile(path: string, text: string): void {
  writeFileSync(path, text);
}
