import type { BlobFolder, StagedBlob } from './blobs.ts';
import { standsOnHost } from './host-layer.ts';
import type { StoredImage } from './image-table.ts';
import type { TakenImage } from './import.ts';
import type { LayerFolder } from './layers.ts';
import { layerMediaType, MANIFEST_TYPE } from './manifests.ts';

/** What the store keeps of an image whose blobs and layers are in their place; it has no name yet. */
export async function storedImage(
  image: TakenImage,
  { manifest, layers: folders, blobs }: { manifest: StagedBlob; layers: LayerFolder; blobs: BlobFolder },
): Promise<Omit<StoredImage, 'revision'>> {
  const { description } = image;
  const sizeBytes = description.diffIds.reduce((sum, diffId) => sum + folders.sizeBytes(diffId), 0);
  const layers = await Promise.all(
    image.layers.map(async ({ digest, sizeBytes }) => ({
      digest,
      sizeBytes,
      mediaType: await layerMediaType(blobs.path(digest)),
    })),
  );
  return {
    record: {
      ...description,
      id: image.id,
      references: [],
      repoDigests: [],
      sizeBytes,
      hostRootfs: standsOnHost(description.diffIds),
    },
    manifest: {
      digest: manifest.digest,
      sizeBytes: manifest.sizeBytes,
      mediaType: image.manifestType ?? MANIFEST_TYPE,
    },
    layers,
  };
}
