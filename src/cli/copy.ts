import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { Container, PathStat } from '../client/container.ts';
import { EngineError, UsageError } from '../model/errors.ts';
import { makeFolders, unpackAs, unpackInto } from '../host/tar-in.ts';
import { tarOf } from '../host/tar-out.ts';
import { writeStream } from '../host/write-stream.ts';
import { pathKind, realPathOf } from '../host/text-files.ts';

export interface CopyOptions {
  /** Keep owners; otherwise copies belong to root in a container, and to the caller outside. */
  readonly archive: boolean;
  /** Copy what a link leads to, instead of the link. */
  readonly followLink: boolean;
}

/** Copies a path of a container to this machine, by the rules of `docker cp`; `-` writes the tar to stdout. */
export async function copyOut(
  container: Container,
  { from, to }: { from: string; to: string },
  { archive, followLink }: CopyOptions,
): Promise<void> {
  const { source, stat } = await sourceIn(container, from, followLink);
  if (to === '-') return writeStream(await container.getArchive({ path: source }), undefined);
  const options = { keepOwners: archive };
  const target = resolve(to);
  const kind = pathKind(target);
  const isContents = /(^|\/)\.\/?$/.test(from);
  if (stat.isFolder) {
    if (kind === 'file') throw badTarget(to, 'is a file, and a folder can not take its place');
    const folder = kind === 'folder' && !isContents ? join(target, basename(from)) : target;
    if (kind === 'missing' && pathKind(dirname(target)) !== 'folder')
      throw badTarget(dirname(to), 'is no folder');
    await makeFolders(folder);
    return unpackInto(
      await container.getArchive({ path: `${source.replace(/\/\.?$/, '')}/.` }),
      folder,
      options,
    );
  }
  if (kind === 'missing' && to.endsWith('/')) throw badTarget(to, 'is no folder');
  if (pathKind(dirname(target)) !== 'folder') throw badTarget(dirname(to), 'is no folder');
  const place = kind === 'folder' ? join(target, basename(from)) : target;
  const name = basename(source);
  await unpackAs(await container.getArchive({ path: source }), place, { ...options, name });
}

/** Copies a path of this machine into a container, by the rules of `docker cp`; `-` reads a tar from stdin. */
export async function copyIn(
  container: Container,
  { from, to }: { from: string; to: string },
  { archive, followLink }: CopyOptions,
): Promise<void> {
  const target = await targetIn(container, to);
  if (from === '-') {
    if (!target.stat?.isFolder)
      throw badTarget(to, 'must be a folder of the container: a tar is unpacked there');
    return container.putArchive(process.stdin, { path: target.path });
  }
  const source = followLink ? realPathOf(resolve(from)) : resolve(from);
  const kind = pathKind(source);
  if (kind === 'missing') throw badTarget(from, 'is not there');
  const isContents = /(^|\/)\.\/?$/.test(from);
  const isInto = target.stat?.isFolder === true;
  if (kind === 'folder' && target.stat && !isInto) throw badTarget(to, 'is a file of the container');
  if (kind !== 'folder' && !target.stat && to.endsWith('/'))
    throw badTarget(to, 'is no folder of the container');
  const ownedByRoot = !archive;
  const stream = (folder: string, name: string, as?: string) =>
    Readable.from(tarOf(folder, name, { ownedByRoot, as }));
  if (kind === 'folder' && isInto && isContents)
    return container.putArchive(stream(source, '.'), { path: target.path });
  const folder = isInto ? target.path : dirname(target.path);
  const name = isInto ? basename(resolve(from)) : basename(target.path);
  await container.putArchive(stream(dirname(source), basename(source), name), { path: folder });
}

/** With a tar path such as `/a/.`, and a link at the end followed where that is asked for. */
async function sourceIn(
  container: Container,
  path: string,
  followLink: boolean,
): Promise<{ source: string; stat: PathStat }> {
  const stat = await found(container, path);
  if (!stat) throw notThere(path);
  if (!stat.isLink || !followLink) return { source: path, stat };
  return { source: stat.linkTarget, stat: await container.pathStat(stat.linkTarget) };
}

/** Where a copy goes: a link there is followed, as the kernel would. */
async function targetIn(
  container: Container,
  path: string,
): Promise<{ path: string; stat: PathStat | undefined }> {
  const stat = await found(container, path);
  if (!stat?.isLink) return { path, stat };
  return { path: stat.linkTarget, stat: await found(container, stat.linkTarget) };
}

async function found(container: Container, path: string): Promise<PathStat | undefined> {
  try {
    return await container.pathStat(path);
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return undefined;
    throw error;
  }
}

/** The answer to a HEAD request has no room for the engine's own words. */
function notThere(path: string): EngineError {
  return new EngineError(404, 'CONTAINER_PATH_NOT_FOUND', `the container has nothing at ${path}`);
}

function badTarget(path: string, reason: string): UsageError {
  return new UsageError('BAD_VALUE', `${path} ${reason}`);
}
