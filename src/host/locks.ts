import { closeSync, openSync } from 'node:fs';
import { isErrno, LOCK_EX, LOCK_NB, systemCall, systemCallAsync } from './kernel.ts';

/** A held lock. The kernel releases it too when the process dies. */
export interface FileLock {
  readonly path: string;
  release(): void;
}

/** Takes the lock on the file `path` (made if absent; its folder must exist), or undefined when another holds it. */
export function tryLock(path: string): FileLock | undefined {
  const fd = openSync(path, 'a', 0o600);
  try {
    systemCall('flock', [fd, LOCK_EX | LOCK_NB], describeLock(path));
    return heldLock(path, fd);
  } catch (error) {
    closeSync(fd);
    if (isErrno(error, 'EAGAIN', 'EWOULDBLOCK')) return undefined;
    throw error;
  }
}

/** Waits for the lock, without polling. */
export async function waitForLock(path: string): Promise<FileLock> {
  const fd = openSync(path, 'a', 0o600);
  try {
    await systemCallAsync('flock', [fd, LOCK_EX], describeLock(path));
    return heldLock(path, fd);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Closing the descriptor lets go: it is not inherited by children, so nobody else holds the same open file. */
function heldLock(path: string, fd: number): FileLock {
  let open = true;
  return {
    path,
    release: () => {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

function describeLock(path: string): { doing: string; command: string } {
  return { doing: `lock ${path}`, command: `flock ${path} true` };
}
