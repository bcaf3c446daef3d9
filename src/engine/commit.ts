import { randomBytes } from 'node:crypto';
import { readChunks } from '../host/file-chunks.ts';
import { makeFolder, removeTree } from '../host/files.ts';
import { ownPlatform } from '../image/archive-images.ts';
import { stageBlob } from '../image/blobs.ts';
import { applyChanges } from '../image/changes.ts';
import { folderChanges, type FolderChange } from '../image/folder-changes.ts';
import { folderLayer } from '../image/folder-layer.ts';
import { writeImageConfig } from '../image/image-config.ts';
import { taggedReference } from '../image/references.ts';
import type { ContainerRecord } from '../model/container.ts';
import type { ImageConfig, ImageRecord } from '../model/image.ts';
import { EngineError } from '../model/errors.ts';
import type { Core } from './core.ts';
import { publishContainerEvent } from './engine-events.ts';
import type { Lifecycle } from './lifecycle.ts';

export interface CommitRequest {
  /** The name that the image gets; empty: none. */
  readonly reference: string;
  readonly author: string;
  readonly comment: string;
  /** Lines of a Dockerfile: `CMD ["sh"]`. */
  readonly changes: readonly string[];
  /** Wins over the container's own. */
  readonly config: Partial<ImageConfig>;
  /** Hold a running container still meanwhile. */
  readonly pause: boolean;
}

/** What holds containers still. */
export type Holding = Pick<Lifecycle, 'pause' | 'unpause'>;

/** Makes an image of a container: the layers of its own, and one of what it changed. Resolves with the id. */
export async function commitContainer(
  core: Core,
  holding: Holding,
  request: CommitRequest & { idOrName: string },
): Promise<string> {
  const container = core.state.findContainer(request.idOrName);
  const references = request.reference === '' ? [] : [taggedReference(request.reference)];
  const base = imageOf(core, container);
  // First what can be wrong without reading files.
  const config = applyChanges({ ...configOf(container, base), ...request.config }, request.changes);
  const folder = `${core.paths.root}/build/commits/${randomBytes(8).toString('hex')}`;
  await makeFolder(folder, 0o700);
  const holds = request.pause && container.state.status === 'running';
  try {
    if (holds) await holding.pause(container.id);
    const layer = await stageBlob(
      folderLayer(upperOf(core, container), isRuntimes),
      `${folder}/layer`,
    ).finally(() => (holds ? holding.unpause(container.id) : undefined));
    const image = await core.images.addBuilt({
      config: describe({
        base,
        config,
        request,
        container,
        diffId: layer.digest,
        diffIds: diffIdsOf(core, base),
      }),
      layer: () => readChunks(layer.path),
      references,
    });
    publishContainerEvent(core, container, 'commit', { comment: request.comment });
    return image.id;
  } finally {
    await removeTree(folder);
  }
}

/** What a container has changed of its image's files. */
export function containerChanges(core: Core, idOrName: string): readonly FolderChange[] {
  const container = core.state.findContainer(idOrName);
  const image = core.images.find(container.imageId);
  return folderChanges(upperOf(core, container), image ? core.images.layers(image) : [], isRuntimes);
}

function imageOf(core: Core, { imageId }: ContainerRecord): ImageRecord {
  const image = core.images.find(imageId);
  if (image) return image;
  throw new EngineError(404, 'IMAGE_NOT_FOUND', `No such image: ${imageId}`);
}

/** The machine's own files count as one layer. */
function diffIdsOf(core: Core, base: ImageRecord): readonly string[] {
  const { images, release } = core.images.lend();
  release();
  return images.find(({ id }) => id === base.id)?.diffIds ?? base.diffIds;
}

function upperOf(core: Core, { id }: ContainerRecord): string {
  return `${core.records.containerFolder(id)}/upper`;
}

/** Places that the runtime makes to mount on. */
function isRuntimes(path: string): boolean {
  return ['/dev', '/proc', '/sys', '/.dockerenv', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf'].includes(
    path,
  );
}

function configOf({ process: spec }: ContainerRecord, base: ImageRecord): ImageConfig {
  const { env, workingDir, user, stopSignal, exposedPorts, volumes, labels, entrypoint, command } = spec;
  const healthcheck = spec.healthcheck ?? base.config.healthcheck;
  return {
    ...base.config,
    ...{ env, workingDir, user, stopSignal, exposedPorts, volumes, labels, entrypoint, command },
    ...(healthcheck && { healthcheck }),
  };
}

function describe(about: {
  base: ImageRecord;
  config: ImageConfig;
  request: CommitRequest;
  container: ContainerRecord;
  diffId: string;
  diffIds: readonly string[];
}): string {
  const { base, config, request, container, diffId, diffIds } = about;
  const created = new Date().toISOString();
  const createdBy = container.process.argv.join(' ');
  const history = base.history.map((entry) => ({ ...entry, empty: entry.empty && base.diffIds.length > 0 }));
  return writeImageConfig({
    created,
    author: request.author,
    architecture: base.architecture || ownPlatform().slice('linux/'.length),
    os: base.os,
    config,
    diffIds: [...diffIds, diffId],
    history: [...history, { created, createdBy, empty: false, comment: request.comment }],
  });
}
