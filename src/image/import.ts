import { makeFolder } from '../host/files.ts';
import { ownPlatform, type ArchiveImage } from './archive-images.ts';
import { teeToFile } from './blobs.ts';
import { applyChanges } from './changes.ts';
import type { Bytes } from './decompress.ts';
import { EMPTY_CONFIG, writeImageConfig, type ImageDescription } from './image-config.ts';
import { stageText } from './manifests.ts';
import { unpackLayer, type UnpackLimits } from './unpack.ts';

export interface ImportOptions {
  /** The name it gets; empty: none. */
  readonly reference: string;
  /** Dockerfile lines: `CMD ["sh"]`. */
  readonly changes?: readonly string[];
  /** Goes into the history. */
  readonly message?: string;
}

/** An image ready to be stored; `unpacked` when its only layer has been unpacked already. */
export interface TakenImage extends ArchiveImage {
  readonly unpacked?: { readonly folder: string; readonly diffId: string; readonly sizeBytes: number };
  /** Media type of `manifest`, where that came with the image. */
  readonly manifestType?: string;
  /** `name@sha256:…` in the registry it came from. */
  readonly repoDigest?: string;
}

interface ImportWork extends ImportOptions {
  readonly references: readonly string[];
  readonly staging: string;
  readonly limits: UnpackLimits;
}

/** Unpacks a root filesystem and keeps its tar, in one pass, and makes the configuration. Throws EngineError. */
export async function importedImage(source: Bytes, work: ImportWork): Promise<TakenImage> {
  // First what can be wrong without reading gigabytes.
  const config = applyChanges(EMPTY_CONFIG, work.changes ?? []);
  const folder = `${work.staging}/layer`;
  await makeFolder(folder, 0o700);
  const tee = teeToFile(source, `${work.staging}/rootfs`);
  const layer = await unpackLayer(tee.chunks, { into: `${folder}/diff`, limits: work.limits });
  const created = new Date().toISOString();
  const description: ImageDescription = {
    created,
    architecture: ownPlatform().slice('linux/'.length),
    os: 'linux',
    author: '',
    config,
    diffIds: [layer.diffId],
    history: [
      { created, createdBy: '', empty: false, comment: work.message ?? 'Imported from a tar archive' },
    ],
  };
  const configBlob = await stageText(writeImageConfig(description), `${work.staging}/config`);
  return {
    id: configBlob.digest,
    config: configBlob,
    manifest: undefined,
    description,
    layers: [tee.blob()],
    references: work.references,
    unpacked: { folder, ...layer },
  };
}
