import { closeSync, mkdirSync, openSync, rmSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { HostError } from '../model/errors.ts';
import { CLONE_NEWNET, isErrno, MNT_DETACH, MS_BIND, systemCall } from './kernel.ts';

/** `/proc/thread-self`, not `self`: the worker threads of Node stay in the namespace they were born in. */
const OWN_NAMESPACE = '/proc/thread-self/ns/net';

const NSFS_MAGIC = 0x6e736673;

/**
 * Makes a network namespace and binds it to the file `path`, which keeps it alive. Folders above are made.
 * Synchronous: the thread is in the new namespace only until this returns. Throws KernelError.
 */
export function createNetworkNamespace(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  closeSync(openSync(path, 'a', 0o444));
  comingBack(() => {
    systemCall('unshare', [CLONE_NEWNET], {
      doing: 'make a network namespace',
      command: 'unshare --net true',
    });
    systemCall('mount', [OWN_NAMESPACE, path, null, MS_BIND, null], {
      doing: `mount the network namespace on ${path}`,
      command: `mount --bind ${OWN_NAMESPACE} ${path}`,
    });
  });
}

/** True when a network namespace is bound to the file `path`. */
export function isNetworkNamespace(path: string): boolean {
  try {
    return statfsSync(path).type === NSFS_MAGIC;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

/**
 * Takes the file away; the kernel ends the namespace, with all devices in it, when its last process has left.
 * Absence is no error. Removing the file also detaches copies of the mount that other mount namespaces hold.
 */
export function deleteNetworkNamespace(path: string): void {
  for (;;) {
    try {
      systemCall('umount2', [path, MNT_DETACH], { doing: `unmount ${path}`, command: `umount ${path}` });
    } catch (error) {
      if (!isErrno(error, 'EINVAL', 'ENOENT')) throw error;
      break;
    }
  }
  rmSync(path, { force: true });
}

/**
 * Does `work` in the network namespace at `path` (undefined: the caller's own) and comes back, whatever happens.
 * Only what the calling thread does itself counts: no awaiting inside. Children spawned there are born there.
 */
export function inNetworkNamespace<T>(path: string | undefined, work: () => NotAPromise<T>): T {
  if (path === undefined) return work();
  return comingBack(() => {
    enterNamespace(path);
    return work();
  });
}

type NotAPromise<T> = T extends PromiseLike<unknown> ? never : T;

function comingBack<T>(work: () => T): T {
  const home = openSync(OWN_NAMESPACE, 'r');
  try {
    return work();
  } finally {
    systemCall('setns', [home, CLONE_NEWNET], {
      doing: 'return to the own network namespace',
      command: `nsenter --net=${OWN_NAMESPACE}`,
    });
    closeSync(home);
  }
}

function enterNamespace(path: string): void {
  const target = openNamespace(path);
  try {
    systemCall('setns', [target, CLONE_NEWNET], {
      doing: `enter the network namespace ${path}`,
      command: `nsenter --net=${path} true`,
    });
  } finally {
    closeSync(target);
  }
}

function openNamespace(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    throw new HostError('HOST_NAMESPACE_MISSING', `the network namespace ${path} does not exist`, {
      hint: 'Its container was removed, or the machine was restarted since. Start the container again.',
      cause: error,
    });
  }
}
