import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isErrno } from './kernel.ts';

/** Bytes that are free for ordinary users on the filesystem of a path, or of the nearest folder above that can be seen. */
export function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES') && path !== '/') return freeBytes(dirname(path));
    throw error;
  }
}
