import { fileFacts, listFolder, removeFolderNow } from '../host/files-now.ts';
import { readText } from '../host/files.ts';

/** A mounted cgroup hierarchy. */
export interface Hierarchy {
  readonly version: '1' | '2';
  readonly mountPoint: string;
  readonly controllers: readonly string[];
}

/** The hierarchies that are mounted, from a /proc/…/mountinfo. */
export function parseHierarchies(mountinfo: string): Hierarchy[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [type, , options = ''] = after.split(' ');
    const mountPoint = before.split(' ')[4];
    if (mountPoint === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return [];
    const version = type === 'cgroup' ? '1' : '2';
    return [
      { version, mountPoint, controllers: version === '1' ? options.split(',').slice(1) : [] },
    ] as const;
  });
}

export function ownHierarchies(): Hierarchy[] {
  return parseHierarchies(readText('/proc/thread-self/mountinfo') ?? '');
}

/** Version 1 as soon as one controller is there, even when the version 2 tree is mounted beside it. */
export function cgroupVersionOf(hierarchies: readonly Hierarchy[]): '1' | '2' {
  return hierarchies.every((each) => each.version === '2') ? '2' : '1';
}

/** Version 1 has weights of disks only with schedulers that newer kernels do not have; version 2 converts them. */
export function hasBlkioWeight(hierarchies: readonly Hierarchy[]): boolean {
  const blkio = hierarchies.find(({ controllers }) => controllers.includes('blkio'));
  return blkio === undefined || fileFacts(`${blkio.mountPoint}/blkio.weight`) !== undefined;
}

/** Both versions are mounted. */
export function isHybrid(hierarchies: readonly Hierarchy[]): boolean {
  return new Set(hierarchies.map((each) => each.version)).size === 2;
}

/**
 * Removes the cgroup `path` (`/berth/<id>`) and those below it from every hierarchy.
 * False when a process is still in one of them.
 */
export function removeCgroup(path: string, hierarchies: readonly Hierarchy[]): boolean {
  return hierarchies.map((each) => removeTreeOfCgroups(each.mountPoint + path)).every(Boolean);
}

/** A cgroup's files cannot be removed and need not: only its folders count. */
function removeTreeOfCgroups(folder: string): boolean {
  const outcome = removeFolderNow(folder);
  if (outcome !== 'in-use') return true;
  for (const name of listFolder(folder)) if (!name.includes('.')) removeTreeOfCgroups(`${folder}/${name}`);
  return removeFolderNow(folder) !== 'in-use';
}

/** Host process ids in the cgroup, from the first hierarchy that has it. */
export function processesIn(path: string, hierarchies: readonly Hierarchy[]): number[] {
  for (const { mountPoint } of hierarchies) {
    const text = readText(`${mountPoint}${path}/cgroup.procs`);
    if (text !== undefined) return text.split('\n').filter(Boolean).map(Number);
  }
  return [];
}
