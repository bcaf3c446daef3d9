import { readFileSync, statSync } from 'node:fs';
import { isErrno } from './kernel.ts';

/** Larger ones are told apart by their inode: nobody's password is this long. */
const CONTENT_BYTES_MAX = 1 << 20;

/**
 * What tells one content of a file from another: its bytes, or the facts of its inode where it is a folder, large, or
 * not for this user to read. `undefined` when it is not there.
 */
export function fileIdentity(path: string): Buffer | undefined {
  try {
    const facts = statSync(path, { bigint: true });
    const identity = Buffer.from(`${facts.ino} ${facts.size} ${facts.mtimeNs}`);
    if (!facts.isFile() || facts.size > CONTENT_BYTES_MAX) return identity;
    try {
      return readFileSync(path);
    } catch (error) {
      if (isErrno(error, 'EACCES', 'EPERM')) return identity;
      throw error;
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    if (isErrno(error, 'EACCES')) return Buffer.from('hidden');
    throw error;
  }
}
