import type { ContainerRecord, MountPoint } from '../model/container.ts';
import type { OciMount } from './oci-types.ts';

const SHM_BYTES = 64 * 1024 * 1024;

/** A secret or config: a host file in memory, and where the container sees it. */
export interface GrantedFileMount {
  readonly source: string;
  readonly target: string;
}

export interface OciMountsRequest {
  readonly container: ContainerRecord;
  /** Host paths of the files that Berth writes for the container; empty: none. */
  readonly files: { readonly hosts: string; readonly hostname: string; readonly resolvConf: string };
  readonly grantedFiles?: readonly GrantedFileMount[] | undefined;
  /** Host path of the program that reaps children as process 1. */
  readonly initPath?: string | undefined;
  /** Host path of the /dev/shm to share. */
  readonly sharedMemoryPath?: string | undefined;
}

/** Where `init: true` puts its program. */
export const INIT_TARGET = '/sbin/berth-init';

/** Every mount of a container in the order of mounting: the kernel's file systems, Berth's files, then its own mounts. */
export function ociMountsFor(request: OciMountsRequest): OciMount[] {
  const { container } = request;
  const granted = (request.grantedFiles ?? []).map(({ source, target }) =>
    bind(source, target, ['bind', 'rprivate', 'ro', 'nosuid', 'nodev', 'noexec']),
  );
  const own = [...container.mounts.map(mountOf), ...granted];
  const taken = new Set(own.map((mount) => mount.destination));
  const notTaken = (mounts: readonly OciMount[]): OciMount[] =>
    mounts.filter((mount) => !taken.has(mount.destination));
  // Our files lie among the rest: a volume at /etc comes before them.
  const sorted = [...notTaken(fileMounts(request)), ...own].sort(
    (one, other) =>
      depth(one.destination) - depth(other.destination) || compare(one.destination, other.destination),
  );
  return [...notTaken(kernelMounts(request)), ...sorted];
}

/** How much of the host's mount events must reach the container, for the mounts it has. */
export function rootfsPropagationFor(mounts: readonly MountPoint[]): string | undefined {
  const kinds = mounts.map((mount) => mount.propagation.replace(/^r/, ''));
  if (kinds.includes('shared')) return 'shared';
  return kinds.includes('slave') ? 'slave' : undefined;
}

function kernelMounts({ container, sharedMemoryPath }: OciMountsRequest): OciMount[] {
  const { security } = container.spec;
  const access = security.privileged ? 'rw' : 'ro';
  return [
    tree('/proc', 'proc', ['nosuid', 'noexec', 'nodev']),
    tree('/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    tree('/dev/pts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5']),
    tree('/sys', 'sysfs', ['nosuid', 'noexec', 'nodev', access]),
    tree('/sys/fs/cgroup', 'cgroup', ['nosuid', 'noexec', 'nodev', 'relatime', access]),
    tree('/dev/mqueue', 'mqueue', ['nosuid', 'noexec', 'nodev']),
    ...(security.ipcMode === 'none' ? [] : [sharedMemoryMount(security.shmSizeBytes, sharedMemoryPath)]),
  ];
}

function sharedMemoryMount(sizeBytes: number, path: string | undefined): OciMount {
  return path === undefined
    ? {
        ...tree('/dev/shm', 'tmpfs', [
          'nosuid',
          'noexec',
          'nodev',
          'mode=1777',
          `size=${sizeBytes > 0 ? sizeBytes : SHM_BYTES}`,
        ]),
        source: 'shm',
      }
    : bind(path, '/dev/shm', [
        'bind',
        'private',
        // The machine's own stays as it is.
        ...(path === '/dev/shm' ? [] : ['nosuid', 'noexec', 'nodev']),
      ]);
}

function fileMounts({ container, files, initPath }: OciMountsRequest): OciMount[] {
  const access = container.spec.security.readOnlyRootfs ? 'ro' : 'rw';
  const pairs = [
    [files.resolvConf, '/etc/resolv.conf'],
    [files.hostname, '/etc/hostname'],
    [files.hosts, '/etc/hosts'],
  ] as const;
  return [
    ...pairs
      .filter(([source]) => source !== '')
      .map(([source, target]) => bind(source, target, ['bind', 'rprivate', access])),
    ...(container.spec.security.init && initPath !== undefined
      ? [bind(initPath, INIT_TARGET, ['bind', 'ro'])]
      : []),
  ];
}

function mountOf(mount: MountPoint): OciMount {
  if (mount.type === 'tmpfs') return tmpfsOf(mount);
  const propagation = mount.propagation === '' ? 'rprivate' : mount.propagation;
  // crun takes the `r` of a propagation for that of the mount.
  if (mount.spec.nonRecursive) {
    return bind(mount.source, mount.target, ['bind', propagation.replace(/^r/, ''), accessOf(mount)]);
  }
  return bind(mount.source, mount.target, ['rbind', propagation, accessOf(mount)]);
}

/** Read-only holds for the mounts below as well: a container must not write where it was told that it may not. */
function accessOf({ type, readOnly, spec }: MountPoint): string {
  if (!readOnly) return 'rw';
  return type !== 'bind' || spec.nonRecursive || spec.readOnlyNonRecursive ? 'ro' : 'rro';
}

function tmpfsOf({ target, readOnly, spec }: MountPoint): OciMount {
  const options = [...(spec.tmpfsOptions ?? '').split(','), ...(spec.tmpfsExtra ?? '').split(',')];
  return tree(target, 'tmpfs', [
    ...tmpfsFlags(options),
    ...(spec.tmpfsSizeBytes ? [`size=${spec.tmpfsSizeBytes}`] : []),
    ...(spec.tmpfsMode === undefined ? [] : [`mode=${spec.tmpfsMode.toString(8)}`]),
    ...options.filter((option) => option !== '' && !FLAGS.has(option)),
    ...(readOnly ? ['ro'] : []),
  ]);
}

const FLAGS = new Set(['exec', 'suid', 'dev', 'noexec', 'nosuid', 'nodev']);

/** What the options do not allow is forbidden; the last word on each counts. */
function tmpfsFlags(options: readonly string[]): string[] {
  const last = (flag: string) => options.findLast((option) => option === flag || option === `no${flag}`);
  return ['exec', 'suid', 'dev'].filter((flag) => last(flag) !== flag).map((flag) => `no${flag}`);
}

function tree(destination: string, type: string, options: readonly string[]): OciMount {
  return { destination, type, source: type, options };
}

function bind(source: string, destination: string, options: readonly string[]): OciMount {
  return { destination, type: 'bind', source, options };
}

/** A mount must come after the mount that its target lies in. */
function depth(path: string): number {
  return path.split('/').filter(Boolean).length;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
