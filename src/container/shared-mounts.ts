import { makeFolderNow } from '../host/files.ts';
import { closeNow } from '../host/files-now.ts';
import { attachMounts, cloneMounts, cloneMountsOf, propagationOf } from '../host/mounts.ts';
import type { MountPoint } from '../model/container.ts';
import { mountNotShared } from './errors.ts';

/** Bind mounts whose mounts are to reach the machine as well: copies of their sources, taken before the namespace is. */
export class SharedMounts {
  readonly #copies: ReadonlyMap<string, number>;
  readonly #sharedMemory: number | undefined;

  /** `sharedMemoryOf`: a process whose /dev/shm is taken along. Throws EngineError MOUNT_NOT_SHARED. */
  constructor(mounts: readonly MountPoint[], sharedMemoryOf?: number) {
    for (const mount of mounts) checkPropagation(mount);
    const shared = mounts.filter(({ propagation }) => /^r?shared$/.test(propagation));
    this.#copies = new Map(shared.map(({ source, target }) => [target, cloneMounts(source)]));
    // The kernel binds no mount of another namespace: it is copied there, and attached here.
    this.#sharedMemory = sharedMemoryOf === undefined ? undefined : cloneMountsOf(sharedMemoryOf, '/dev/shm');
  }

  /** Puts the copies below the bundle, in the container's mount namespace, and gives the mounts their new places. */
  place(mounts: readonly MountPoint[], bundle: string): MountPoint[] {
    let index = 0;
    return mounts.map((mount) => {
      const copy = this.#copies.get(mount.target);
      if (copy === undefined) return mount;
      const source = `${bundle}/shared-${index++}`;
      makeFolderNow(source, 0o700);
      attachMounts(copy, source);
      return { ...mount, source };
    });
  }

  /** Where the /dev/shm of the other process was attached. */
  placeSharedMemory(bundle: string): string | undefined {
    if (this.#sharedMemory === undefined) return undefined;
    const place = `${bundle}/shm`;
    makeFolderNow(place, 0o700);
    attachMounts(this.#sharedMemory, place);
    return place;
  }

  close(): void {
    if (this.#sharedMemory !== undefined) closeNow(this.#sharedMemory);
    for (const copy of this.#copies.values()) closeNow(copy);
  }
}

function checkPropagation({ propagation, source }: MountPoint): void {
  const kind = propagation.replace(/^r/, '');
  if (kind !== 'shared' && kind !== 'slave') return;
  const { mountPoint, isShared, isSlave } = propagationOf(source);
  if (isShared || (kind === 'slave' && isSlave)) return;
  throw mountNotShared({ source, mountPoint, kind });
}
