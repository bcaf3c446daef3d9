import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { hexOf, type BlobFolder } from './blobs.ts';
import type { StoredBlob, StoredImage } from './image-table.ts';

/** An image to save, with the names that it shall have in the archive. */
export interface SavedImage {
  readonly image: StoredImage;
  readonly references: readonly string[];
}

/**
 * A tar that is at once what `docker save` writes (manifest.json) and an OCI image layout (index.json). The same
 * images give the same bytes.
 */
export function saveArchive(images: readonly SavedImage[], blobs: BlobFolder): AsyncIterable<Uint8Array> {
  const tar = pack();
  // A failure destroys the tar, which whoever reads it then meets.
  writeArchive(tar, { images, blobs }).catch((error: unknown) => tar.destroy(asError(error)));
  // Streamx streams can be iterated; their types do not say so.
  return tar as unknown as AsyncIterable<Uint8Array>;
}

async function writeArchive(
  tar: Pack,
  { images, blobs }: { images: readonly SavedImage[]; blobs: BlobFolder },
): Promise<void> {
  const digests = new Set(images.flatMap(({ image }) => digestsOf(image)));
  for (const digest of digests) {
    const entry = tar.entry({ name: blobName(digest), size: blobs.sizeBytes(digest), mtime: EPOCH });
    await pipeline(Readable.from(blobs.read(digest)), entry);
  }
  const documents = {
    'oci-layout': { imageLayoutVersion: '1.0.0' },
    'index.json': indexOf(images),
    'manifest.json': images.map(manifestOf),
  };
  for (const [name, value] of Object.entries(documents))
    tar.entry({ name, mtime: EPOCH }, JSON.stringify(value));
  tar.finalize();
}

const EPOCH = new Date(0);

function digestsOf({ record, manifest, layers }: StoredImage): string[] {
  return [record.id, manifest.digest, ...layers.map(({ digest }) => digest)];
}

function manifestOf({ image, references }: SavedImage): object {
  return {
    Config: blobName(image.record.id),
    RepoTags: references,
    Layers: image.layers.map(({ digest }) => blobName(digest)),
  };
}

function indexOf(images: readonly SavedImage[]): object {
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: images.flatMap(({ image, references }) =>
      references.length === 0
        ? [descriptorOf(image.manifest)]
        : references.map((reference) => descriptorOf(image.manifest, reference)),
    ),
  };
}

function descriptorOf({ mediaType, digest, sizeBytes }: StoredBlob, reference?: string): object {
  const annotations =
    reference === undefined ? undefined : { 'org.opencontainers.image.ref.name': reference };
  return { mediaType, digest, size: sizeBytes, annotations };
}

function blobName(digest: string): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
