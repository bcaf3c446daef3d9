import { makeFolderNow } from '../host/files.ts';
import { fileFacts, writeFileNow } from '../host/files-now.ts';
import { MS_BIND, MS_REC } from '../host/kernel.ts';
import { spawnMountHolder } from '../host/mount-holder.ts';
import { mount } from '../host/mounts.ts';
import { pathInRoot } from '../host/rooted-path.ts';
import type { ContainerRecord } from '../model/container.ts';
import { makeBundleFolders, removeBundle } from './bundle.ts';
import type { ContainerPaths } from './paths.ts';
import { inPrivateMounts, mountOverlay } from './private-mounts.ts';

/** The files of a container that does not run. */
export interface StoppedRootfs {
  readonly container: ContainerRecord;
  readonly paths: ContainerPaths;
  readonly layers: readonly string[];
  readonly upper: string;
  readonly work: string;
}

/**
 * Puts the files of a stopped container together, its volumes and bind mounts included, where only this process can
 * reach them, for as long as `work` takes. The caller keeps it from being started meanwhile.
 */
export async function withStoppedRootfs<T>(
  of: StoppedRootfs,
  work: (root: string) => Promise<T>,
): Promise<T> {
  const { paths, container } = of;
  makeBundleFolders(paths, of);
  const holder = inPrivateMounts({
    hideUnified: false,
    spawn: () => {
      mountOverlay({ ...of, target: paths.rootfs });
      for (const point of byDepth(container)) mountInto(paths.rootfs, point);
      if (container.state.status === 'created') makeWorkingDir(paths.rootfs, container.process.workingDir);
      return spawnMountHolder();
    },
  });
  try {
    return await work(holder.root + paths.rootfs);
  } finally {
    await holder.release();
    removeBundle(paths);
  }
}

function makeWorkingDir(root: string, path: string): void {
  const place = pathInRoot(root, path);
  if (path !== '' && !fileFacts(place)) makeFolderNow(place, 0o755);
}

function byDepth({ mounts }: ContainerRecord): ContainerRecord['mounts'] {
  return mounts
    .filter((point) => point.type !== 'tmpfs')
    .toSorted((one, other) => one.target.length - other.target.length);
}

function mountInto(root: string, { source, target }: { source: string; target: string }): void {
  const facts = fileFacts(source, { follow: true });
  if (!facts) return;
  const place = pathInRoot(root, target);
  if (facts.kind === 'folder') makeFolderNow(place, 0o755);
  else if (!fileFacts(place)) writeFileNow(place, '');
  mount({ source, target: place, flags: MS_BIND | MS_REC });
}
