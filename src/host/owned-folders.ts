import { chownSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isErrno } from './kernel.ts';

/** Makes a folder and the missing ones above it, each belonging to that user. One that is there stays as it is. */
export function makeOwnedFolders(path: string, owner: { readonly uid: number; readonly gid: number }): void {
  try {
    mkdirSync(path, 0o755);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return;
    if (!isErrno(error, 'ENOENT') || dirname(path) === path) throw error;
    makeOwnedFolders(dirname(path), owner);
    makeOwnedFolders(path, owner);
    return;
  }
  chownSync(path, owner.uid, owner.gid);
}
