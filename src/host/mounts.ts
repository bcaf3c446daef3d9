import { closeSync, openSync, readFileSync, realpathSync, statSync } from 'node:fs';
import {
  CLONE_FS,
  CLONE_NEWNS,
  isErrno,
  MNT_DETACH,
  MS_REC,
  MS_SLAVE,
  systemCall,
  systemCallAsync,
} from './kernel.ts';

export interface MountRequest {
  readonly source: string;
  readonly target: string;
  /** File system type; absent for a bind mount. */
  readonly type?: string;
  /** `MS_…` of kernel.ts, or-ed. */
  readonly flags?: number;
  /** The file system's own options: `lowerdir=/a:/b,upperdir=/u,workdir=/w`. */
  readonly data?: string;
}

/** mount(2). Throws KernelError. */
export function mount({ source, target, type, flags, data }: MountRequest): void {
  const options = [type ? `-t ${type}` : '--bind', data ? `-o ${data}` : ''].filter(Boolean).join(' ');
  systemCall('mount', [source, target, type ?? null, flags ?? 0, data ?? null], {
    doing: `mount ${type ?? source} on ${target}`,
    command: `mount ${options} ${source} ${target}`,
  });
}

/** As `mount`, on a thread of the pool: for servers that may not answer. */
export async function mountAsync({ source, target, type, flags, data }: MountRequest): Promise<void> {
  const options = [type ? `-t ${type}` : '--bind', data ? `-o ${data}` : ''].filter(Boolean).join(' ');
  await systemCallAsync('mount', [source, target, type ?? null, flags ?? 0, data ?? null], {
    doing: `mount ${source} on ${target}`,
    command: `mount ${options} ${source} ${target}`,
  });
}

/** umount2(2). That nothing is mounted there is no error; `lazy` lets go even while it is in use. */
export function unmount(path: string, options: { readonly lazy?: boolean } = {}): void {
  try {
    systemCall('umount2', [path, options.lazy ? MNT_DETACH : 0], {
      doing: `unmount ${path}`,
      command: `umount ${options.lazy ? '--lazy ' : ''}${path}`,
    });
  } catch (error) {
    if (!isErrno(error, 'EINVAL', 'ENOENT')) throw error;
  }
}

/**
 * A copy of a mount and those below it, held by a descriptor: attached elsewhere it still gets, and passes on, the
 * mounts that its original gets. The caller closes it.
 */
export function cloneMounts(path: string): number {
  return systemCall('syscall', [OPEN_TREE, AT_FDCWD, path, OPEN_TREE_CLONE | AT_RECURSIVE, null, 0], {
    doing: `copy the mounts at ${path}`,
    command: `mount --rbind ${path} /mnt`,
  });
}

/** As `cloneMounts`, of a path in the mount namespace of another process. Main thread only. */
export function cloneMountsOf(pid: number, path: string): number {
  leaveSharedFolder();
  const home = openPlace();
  const own = openSync(OWN_MOUNTS, 'r');
  const other = openSync(`/proc/${pid}/ns/mnt`, 'r');
  try {
    enterMounts(other);
    return cloneMounts(path);
  } finally {
    enterMounts(own);
    restorePlace(home);
    closePlace(home);
    closeSync(own);
    closeSync(other);
  }
}

/** Attaches what `cloneMounts` copied to a folder, in whatever mount namespace the thread is in. */
export function attachMounts(fd: number, target: string): void {
  systemCall('syscall', [MOVE_MOUNT, fd, '', AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH], {
    doing: `attach mounts to ${target}`,
    command: `mount --move /mnt ${target}`,
  });
}

export interface MountPropagation {
  /** Where the mount that a path lies on is mounted. */
  readonly mountPoint: string;
  readonly isShared: boolean;
  readonly isSlave: boolean;
}

/** Whether mounts made below a path reach other mount namespaces, and theirs this one. */
export function propagationOf(path: string): MountPropagation {
  const real = realpathSync(path);
  const table = readFileSync('/proc/thread-self/mountinfo', 'utf8').split('\n');
  let best: MountPropagation = { mountPoint: '/', isShared: false, isSlave: false };
  for (const line of table) {
    const fields = line.split(' ');
    const mountPoint = unescapeMountPath(fields[4] ?? '');
    const holds = real === mountPoint || real.startsWith(mountPoint === '/' ? '/' : `${mountPoint}/`);
    // A later line of the same place lies over the earlier ones.
    if (!fields[4] || !holds || mountPoint.length < best.mountPoint.length) continue;
    const tags = fields.slice(6, fields.indexOf('-'));
    const has = (name: string): boolean => tags.some((tag) => tag.startsWith(`${name}:`));
    best = { mountPoint, isShared: has('shared'), isSlave: has('master') };
  }
  return best;
}

/** True when something is mounted exactly at `path` (absolute, without links in it). */
export function isMountPoint(path: string): boolean {
  return mountPoints().includes(path);
}

/** Every mount point that this process sees, in the order of mounting. */
export function mountPoints(): string[] {
  const table = readFileSync('/proc/thread-self/mountinfo', 'utf8');
  return table.split('\n').flatMap((line) => {
    const field = line.split(' ')[4];
    return field === undefined ? [] : [unescapeMountPath(field)];
  });
}

export interface PrivateMounts<T> {
  /** Take /sys/fs/cgroup/unified out of sight: crun refuses machines that have both cgroup hierarchies. */
  readonly hideUnified: boolean;
  /** Mounts what only the children shall see. */
  readonly prepare: () => void;
  /** Spawns them; they are born in the new mount namespace. */
  readonly spawn: () => T;
}

/**
 * Spawns children in a mount namespace of their own, and comes back. What `prepare` mounts goes with the last of
 * them: nothing is left to unmount. Mounts and unmounts of the machine still reach them (slave propagation).
 * Main thread only, synchronous; works inside a chroot too, where setns alone would lead out of it.
 */
export function spawnInPrivateMounts<T>({ hideUnified, prepare, spawn }: PrivateMounts<T>): T {
  leaveSharedFolder();
  const home = openPlace();
  const namespace = openSync(OWN_MOUNTS, 'r');
  try {
    systemCall('unshare', [CLONE_NEWNS], {
      doing: 'make a mount namespace',
      command: 'unshare --mount true',
    });
    try {
      stopPropagation();
      if (hideUnified) unmount('/sys/fs/cgroup/unified', { lazy: true });
      prepare();
      return spawn();
    } finally {
      enterMounts(namespace);
      restorePlace(home);
    }
  } finally {
    closeSync(namespace);
    closePlace(home);
  }
}

/**
 * True in a chroot: the root folder is not the root of the mount namespace. What a runtime starts in a container by
 * entering its namespaces would then come out at the root of the machine around.
 */
export function isInChroot(): boolean {
  leaveSharedFolder();
  const home = openPlace();
  const namespace = openSync(OWN_MOUNTS, 'r');
  const here = statSync('/');
  try {
    // Entering the mount namespace that we are in leads to its root.
    enterMounts(namespace);
    const there = statSync('/');
    return here.dev !== there.dev || here.ino !== there.ino;
  } finally {
    restorePlace(home);
    closeSync(namespace);
    closePlace(home);
  }
}

const OPEN_TREE = 428;
const MOVE_MOUNT = 429;
const OPEN_TREE_CLONE = 0x1;
const AT_RECURSIVE = 0x8000;
const AT_FDCWD = -100;
const MOVE_MOUNT_F_EMPTY_PATH = 0x4;
const OWN_MOUNTS = '/proc/thread-self/ns/mnt';

/** A root folder and a working folder, held by descriptors: the mounts they lie on are held with them. */
interface Place {
  readonly root: number;
  readonly cwd: number;
}

let hasOwnFolder = false;

/**
 * The kernel moves a thread to another mount namespace only when it shares its root and working folder with no
 * other thread. Node's threads share them, so the main thread gets its own, once.
 */
function leaveSharedFolder(): void {
  if (hasOwnFolder) return;
  systemCall('unshare', [CLONE_FS], {
    doing: 'separate the working folder',
    command: 'unshare --mount true',
  });
  hasOwnFolder = true;
}

/** In a chroot `/` may be no mount point; then it is done from the namespace's own root. */
function stopPropagation(): void {
  const description = { doing: 'separate the mounts', command: 'mount --make-rslave /' };
  try {
    systemCall('mount', [null, '/', null, MS_REC | MS_SLAVE, null], description);
  } catch (error) {
    if (!isErrno(error, 'EINVAL')) throw error;
    const here = openPlace();
    const namespace = openSync(OWN_MOUNTS, 'r');
    try {
      enterMounts(namespace);
      systemCall('mount', [null, '/', null, MS_REC | MS_SLAVE, null], description);
      restorePlace(here);
    } finally {
      closeSync(namespace);
      closePlace(here);
    }
  }
}

function openPlace(): Place {
  return { root: openSync('/', 'r'), cwd: openSync('.', 'r') };
}

function restorePlace({ root, cwd }: Place): void {
  systemCall('fchdir', [root], { doing: 'return to the root folder', command: 'cd /' });
  systemCall('chroot', ['.'], { doing: 'return to the root folder', command: 'chroot .' });
  systemCall('fchdir', [cwd], { doing: 'return to the working folder', command: 'cd -' });
}

function closePlace({ root, cwd }: Place): void {
  closeSync(root);
  closeSync(cwd);
}

/** Leads to the namespace's root folder, whatever root the thread had before. */
function enterMounts(namespace: number): void {
  systemCall('setns', [namespace, CLONE_NEWNS], {
    doing: 'return to the own mount namespace',
    command: `nsenter --mount=${OWN_MOUNTS}`,
  });
}

/** mountinfo writes space, tab, newline and backslash as three octal digits. */
function unescapeMountPath(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
