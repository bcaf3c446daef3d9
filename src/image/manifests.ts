import { readChunks } from '../host/file-chunks.ts';
import { stageBlob, type BlobFolder, type StagedBlob } from './blobs.ts';
import type { ArchiveImage } from './archive-images.ts';

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** The manifest for an image that came without one; its layers are in the store. */
export async function makeManifest(
  image: ArchiveImage,
  { blobs, staging }: { blobs: BlobFolder; staging: string },
): Promise<StagedBlob> {
  const layers: object[] = [];
  for (const layer of image.layers) {
    const mediaType = await layerMediaType(blobs.path(layer.digest));
    layers.push({ mediaType, digest: layer.digest, size: layer.sizeBytes });
  }
  const { digest, sizeBytes } = image.config;
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: sizeBytes },
    layers,
  };
  return await stageText(JSON.stringify(manifest), `${staging}/manifest-${digest.slice(7)}`);
}

/** Told by the first bytes, as the archives that say it do not always say it right. */
export async function layerMediaType(path: string): Promise<string> {
  for await (const chunk of readChunks(path)) {
    const head = chunk.toString('hex', 0, 4);
    if (head.startsWith('1f8b')) return `${LAYER_TYPE}+gzip`;
    return head === '28b52ffd' ? `${LAYER_TYPE}+zstd` : LAYER_TYPE;
  }
  return LAYER_TYPE;
}

export async function stageText(text: string, path: string): Promise<StagedBlob> {
  return await stageBlob(once(Buffer.from(text)), path);
}

const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar';

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
