import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  openSync,
  renameSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID } from './kernel.ts';
import { mount } from './mounts.ts';

const TMPFS_MAGIC = 0x01021994;
const RAMFS_MAGIC = 0x858458f6;

/** True for a folder whose filesystem lives in memory: nothing of it is left after a reboot. */
export function isKeptInMemory(folder: string): boolean {
  return [TMPFS_MAGIC, RAMFS_MAGIC].includes(statfsSync(folder).type);
}

/** Lays a filesystem in memory over a folder. Throws KernelError. */
export function memoryFolder(folder: string): void {
  const flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  mount({ source: 'berth', target: folder, type: 'tmpfs', flags, data: 'mode=700' });
}

/** Writes a file under a temporary name, gives it its owner and permissions, and puts it in place. */
export function writeOwnedFile(
  path: string,
  content: Buffer,
  owner: { readonly uid: number; readonly gid: number; readonly mode: number },
): void {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const temporary = `${path}.new`;
  const fd = openSync(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  try {
    for (let done = 0; done < content.length;) done += writeSync(fd, content, done);
  } finally {
    closeSync(fd);
  }
  chownSync(temporary, owner.uid, owner.gid);
  chmodSync(temporary, owner.mode);
  renameSync(temporary, path);
}
