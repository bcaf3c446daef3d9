import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { readChunks } from '../../host/file-chunks.ts';
import { readJson } from '../../host/files.ts';
import { archiveDamaged } from '../errors.ts';

interface StoredLayer {
  readonly id: string;
  readonly parent?: string;
  readonly 'diff-digest'?: string;
}

interface StoredImage {
  readonly id: string;
  readonly layer?: string;
}

/** Ids of an image's layers in buildah's store, by their diff ids. */
export function storedLayers(storage: string, imageId: string): Map<string, string> {
  const images = readJson<StoredImage[]>(`${storage}/overlay-images/images.json`) ?? [];
  const layers = readJson<StoredLayer[]>(`${storage}/overlay-layers/layers.json`) ?? [];
  const byId = new Map(layers.map((layer) => [layer.id, layer]));
  const found = new Map<string, string>();
  let layer = byId.get(images.find(({ id }) => id === imageId)?.layer ?? '');
  while (layer) {
    found.set(layer['diff-digest'] ?? '', layer.id);
    layer = byId.get(layer.parent ?? '');
  }
  return found;
}

/**
 * The tar of a layer, byte for byte as it was when its digest was taken: buildah keeps what lies between the files, and
 * the files themselves are in the layer's folder.
 * @see https://github.com/vbatts/tar-split (tar/storage: entries of type 1 are files, of type 2 bytes)
 */
export async function* layerTar(storage: string, layerId: string): AsyncGenerator<Uint8Array> {
  const lines = createInterface({
    input: Readable.from(readChunks(`${storage}/overlay-layers/${layerId}.tar-split.gz`)).pipe(
      createGunzip(),
    ),
    crlfDelay: Infinity,
  });
  for await (const line of lines) {
    const entry = JSON.parse(line) as {
      type: number;
      payload?: string;
      size?: number;
      name?: string;
      name_raw?: string;
    };
    if (entry.type === 2) yield Buffer.from(entry.payload ?? '', 'base64');
    else if ((entry.size ?? 0) > 0) yield* fileBytes(`${storage}/overlay/${layerId}/diff`, entry);
  }
}

async function* fileBytes(
  folder: string,
  entry: { size?: number; name?: string; name_raw?: string },
): AsyncGenerator<Uint8Array> {
  const name = entry.name ?? Buffer.from(entry.name_raw ?? '', 'base64').toString('utf8');
  let left = entry.size ?? 0;
  for await (const chunk of readChunks(`${folder}/${name}`)) {
    left -= chunk.length;
    yield chunk;
  }
  if (left !== 0) throw archiveDamaged(`the file ${name} of a layer that was built`);
}
