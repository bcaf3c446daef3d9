import { readBytes } from '../host/files-now.ts';
import type { ImageRecord } from '../model/image.ts';
import type { BlobFolder } from './blobs.ts';
import type { LentImage } from './build/base-store.ts';
import { lentHost } from './host-image.ts';
import { HOST_DIFF_ID } from './host-layer.ts';
import { digestsOf, type ImageTable, type StoredBlob } from './image-table.ts';
import type { LayerFolder } from './layers.ts';
import type { Pins } from './pins.ts';

/** All images for a builder, kept with their layers until `release`. */
export function lendImages(store: {
  table: ImageTable;
  layers: LayerFolder;
  blobs: BlobFolder;
  pins: Pins;
}): { images: readonly LentImage[]; release: () => void } {
  const stored = store.table.list();
  const release = store.pins.hold(stored.flatMap(digestsOf));
  const lent = stored.map(({ record }) => ({
    id: record.id,
    config: readBytes(store.blobs.path(record.id))?.toString('utf8') ?? '',
    diffIds: record.diffIds,
    folders: layerPaths(store.layers, record),
  }));
  return { images: [lentHost(), ...lent], release };
}

/** The unpacked layers of an image, lowest first; that which stands for the machine's files is its root. */
export function layerPaths(layers: LayerFolder, { diffIds }: ImageRecord): string[] {
  return diffIds.map((diffId) => (diffId === HOST_DIFF_ID ? '/' : layers.path(diffId)));
}

/** A layer as it came, compressed or not. */
export function layerBlob(table: ImageTable, diffId: string): StoredBlob | undefined {
  for (const { record, layers } of table.list()) {
    const index = record.diffIds.indexOf(diffId);
    if (index >= 0) return layers[index];
  }
  return undefined;
}
