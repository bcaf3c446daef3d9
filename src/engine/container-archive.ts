import { containerPaths } from '../container/paths.ts';
import { withStoppedRootfs } from '../container/rootfs.ts';
import { symlinkTarget } from '../host/file-chunks.ts';
import { fileFacts, type FileFacts } from '../host/files-now.ts';
import { pathInRoot } from '../host/rooted-path.ts';
import { tarOf } from '../host/tar-out.ts';
import { writeTree } from '../image/tree-writer.ts';
import type { ContainerRecord } from '../model/container.ts';
import { EngineError } from '../model/errors.ts';
import { copyUp } from './copy-up.ts';
import type { Core } from './core.ts';
import { realMounts, withVolumesMounted } from './volume-mounts.ts';
import { publishContainerEvent } from './engine-events.ts';

/** What stands at a path of a container; a link in the last part is not followed. */
export interface PathFacts {
  readonly name: string;
  readonly kind: FileFacts['kind'];
  readonly sizeBytes: number;
  /** Permissions with the setuid, setgid and sticky bits. */
  readonly mode: number;
  readonly modifiedNs: bigint;
  /** Where a link leads, as a path of the container; empty for all else. */
  readonly linkTarget: string;
}

/** Takes a tar while the container's files are at hand. */
export type TakeArchive = (facts: PathFacts, tar: AsyncIterable<Buffer>) => Promise<void>;

/** Throws EngineError CONTAINER_PATH_NOT_FOUND. */
export function statPath(core: Core, idOrName: string, path: string): Promise<PathFacts> {
  const container = core.state.findContainer(idOrName);
  return withRoot(core, container, async (root) => find(root, path, container).facts);
}

/** Hands a tar of the path to `take`; its members are called after the last part of the path, those of `/` after nothing. */
export async function readArchive(
  core: Core,
  idOrName: string,
  { path, take }: { path: string; take: TakeArchive },
): Promise<void> {
  const container = core.state.findContainer(idOrName);
  await withRoot(core, container, async (root) => {
    const { facts, place } = find(root, path, container);
    publishContainerEvent(core, container, 'archive-path');
    const cut = place.lastIndexOf('/');
    // With `/.` at its end, or as `/` itself, the path is about what is in the folder.
    const isContents = facts.kind === 'folder' && (/\/\.?$/.test(path) || place === root);
    if (isContents) await take(facts, tarOf(place, '.', { as: contentsName(path) }));
    else await take(facts, tarOf(place.slice(0, cut), place.slice(cut + 1)));
  });
}

/** What the members of a folder's contents are called: after the folder, unless the path ends with a dot. */
function contentsName(path: string): string {
  return path.replace(/\/+$/, '').split('/').at(-1) ?? '';
}

/** Hands a tar of all files of the container itself to `take`: without volumes, bind mounts and kernel files. */
export async function exportRootfs(
  core: Core,
  idOrName: string,
  take: (tar: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const container = core.state.findContainer(idOrName);
  await withRoot(core, container, (root) => take(tarOf(root, '.', { oneFileSystem: true, bare: true })));
  publishContainerEvent(core, container, 'export');
}

/** Unpacks a tar into a folder of the container. Throws EngineError CONTAINER_PATH_NOT_FOUND, ARCHIVE_…. */
export async function writeArchive(
  core: Core,
  idOrName: string,
  request: { path: string; source: AsyncIterable<Uint8Array>; keepKinds: boolean },
): Promise<void> {
  const container = core.state.findContainer(idOrName);
  await withRoot(core, container, async (root) => {
    const facts = fileFacts(pathInRoot(root, request.path));
    if (!facts) throw pathNotFound(request.path, container);
    if (facts.kind !== 'folder') {
      throw new EngineError(400, 'BAD_REQUEST', `extraction point is not a directory: ${request.path}`);
    }
    if (isReadOnlyHere(container, request.path)) throw readOnly(request.path, undefined);
    try {
      await writeTree({ ...request, root, folder: request.path });
    } catch (error) {
      throw isReadOnly(error) ? readOnly(request.path, error) : error;
    }
  });
  publishContainerEvent(core, container, 'extract-to-dir');
}

/** The files of a container: a running one's as it sees them, a stopped one's put together for the time. */
export async function withRoot<T>(
  core: Core,
  { id }: ContainerRecord,
  work: (root: string) => Promise<T>,
): Promise<T> {
  const running = rootOfRunning(core, id);
  if (running !== undefined) return work(running);
  return core.locks.run(id, async () => {
    const root = rootOfRunning(core, id);
    if (root !== undefined) return work(root);
    const container = core.state.findContainer(id);
    return withVolumesMounted(core, container, () => withStopped(core, container, work));
  });
}

async function withStopped<T>(
  core: Core,
  container: ContainerRecord,
  work: (root: string) => Promise<T>,
): Promise<T> {
  const { id } = container;
  await fillVolumes(core, container);
  const image = core.images.find(container.imageId);
  const folder = core.records.containerFolder(id);
  return withStoppedRootfs(
    {
      container: { ...container, mounts: realMounts(core, container) },
      paths: containerPaths(core.paths.runRoot, id),
      layers: image ? core.images.layers(image) : [],
      upper: `${folder}/upper`,
      work: `${folder}/work`,
    },
    work,
  );
}

/** With the dot it is the folder, not the link to it. */
function rootOfRunning(core: Core, id: string): string | undefined {
  const { status, pid } = core.state.findContainer(id).state;
  const isUp = (status === 'running' || status === 'paused') && pid > 0;
  return isUp ? `/proc/${String(pid)}/root/.` : undefined;
}

/** What the first start would do: a volume that holds something already is not filled any more. */
async function fillVolumes(core: Core, { id, mounts }: ContainerRecord): Promise<void> {
  for (const { type, spec, name, target } of mounts) {
    if (type !== 'volume' || spec.noCopy || spec.subpath) continue;
    await copyUp(core, { name, container: id, target });
  }
}

function find(root: string, path: string, container: ContainerRecord): { facts: PathFacts; place: string } {
  const asked = path.replace(/\/+\.?$/, '') || '/';
  const cut = asked.lastIndexOf('/');
  const name = asked.slice(cut + 1);
  const parent = pathInRoot(root, asked.slice(0, cut));
  const mustBeFolder = asked !== path;
  const isPlain = name !== '' && name !== '..' && name !== '.';
  const place = isPlain && !mustBeFolder ? `${parent}/${name}` : pathInRoot(root, asked);
  const facts = fileFacts(place);
  if (!facts) throw pathNotFound(path, container);
  if (mustBeFolder && facts.kind !== 'folder') {
    throw new EngineError(
      400,
      'CONTAINER_PATH_NOT_FOUND',
      `${path} in container ${container.spec.name}: not a directory`,
    );
  }
  const { kind, size, mode, modifiedNs } = facts;
  const linkTarget = kind === 'link' ? targetInside(root, parent, symlinkTarget(place) ?? '') : '';
  return { facts: { name: name || '/', kind, sizeBytes: size, mode, modifiedNs, linkTarget }, place };
}

function targetInside(root: string, parent: string, target: string): string {
  const from = target.startsWith('/') ? target : `${parent.slice(root.length)}/${target}`;
  return pathInRoot(root, from).slice(root.length) || '/';
}

function pathNotFound(path: string, { spec }: ContainerRecord): EngineError {
  const text = `Could not find the file ${path} in container ${spec.name}`;
  return new EngineError(404, 'CONTAINER_PATH_NOT_FOUND', text);
}

/** A stopped container's files are put together writable, whatever it asked for. */
function isReadOnlyHere({ spec, mounts }: ContainerRecord, path: string): boolean {
  const above = mounts
    .filter(({ target }) => path === target || path.startsWith(`${target}/`))
    .toSorted((one, other) => other.target.length - one.target.length)[0];
  return above ? above.readOnly : spec.security.readOnlyRootfs;
}

function isReadOnly(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EROFS';
}

function readOnly(path: string, cause: unknown): EngineError {
  const text = `container rootfs is marked read-only: cannot write to ${path}`;
  return new EngineError(403, 'CONTAINER_PATH_READ_ONLY', text, { cause });
}
