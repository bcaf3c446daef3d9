import { fileFacts } from '../host/files-now.ts';
import { pathInRoot } from '../host/rooted-path.ts';
import { isMounted } from '../image/volumes.ts';
import type { ContainerRecord, MountPoint } from '../model/container.ts';
import { EngineError } from '../model/errors.ts';
import type { Core } from './core.ts';
import { kindOnHost } from './path-kinds.ts';

/** The mounts of a container as they are right now: a `subpath` is looked up, without a link leading out of it. */
export function realMounts(core: Core, container: ContainerRecord): MountPoint[] {
  return container.mounts.map((mount) => {
    const { subpath } = mount.spec;
    // Nothing is mounted below a file, and crun takes `rro` for folders only.
    if (mount.type === 'bind' && kindOnHost(mount.source) === 'file') {
      return { ...mount, spec: { ...mount.spec, readOnlyNonRecursive: true } };
    }
    if (mount.type !== 'volume' || !subpath) return mount;
    const root = core.volumes.mountFor(mount.name);
    const source = pathInRoot(root, subpath);
    if (!fileFacts(source)) throw subpathMissing(`${root}/${subpath}`, `volume ${mount.name}`);
    return { ...mount, source };
  });
}

export function subpathMissing(path: string, where: string): EngineError {
  const text = `cannot access path ${path}: no such file or directory`;
  return new EngineError(400, 'VOLUME_SUBPATH_MISSING', text, {
    hint: `${where} has no such folder: make it first, or correct the subpath`,
  });
}

/** Unmounts a volume that is a filesystem of its own, unless a running container other than `except` uses it. */
export function unmountVolume(core: Core, name: string, { except }: { except: string }): void {
  const { state, volumes } = core;
  const isUsed = [...state.live].some(
    (id) => id !== except && state.containers.get(id)?.mounts.some((mount) => mount.name === name),
  );
  if (!isUsed) volumes.unmount(name);
}

/** After a crash: filesystems of volumes that no running container uses. */
export function unmountUnused(core: Core): void {
  for (const { name, options } of core.volumes.list()) {
    if (isMounted(options)) unmountVolume(core, name, { except: '' });
  }
}

/** Mounts the volumes of a container that does not run, for as long as `work` takes. */
export async function withVolumesMounted<T>(
  core: Core,
  container: ContainerRecord,
  work: () => Promise<T>,
): Promise<T> {
  const names = container.mounts.filter(({ type }) => type === 'volume').map(({ name }) => name);
  const mounted = names.filter((name) => isMounted(core.volumes.find(name)?.options ?? {}));
  try {
    for (const name of mounted) await core.volumes.mount(name);
    return await work();
  } finally {
    for (const name of mounted) unmountVolume(core, name, { except: container.id });
  }
}
