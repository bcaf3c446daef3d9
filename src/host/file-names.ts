import { linkSync, renameSync } from 'node:fs';
import { isErrno } from './kernel.ts';

/** Renames a file, over another one. One that is not there stays so. */
export function renameNow(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

/** Gives a file a second name. One that is gone by now, or has the name, is left as it is. */
export function linkNow(path: string, name: string): void {
  try {
    linkSync(path, name);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EEXIST')) throw error;
  }
}
