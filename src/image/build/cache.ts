import { readJson, removeTree, writeFileAtomic } from '../../host/files.ts';
import { treeSizeBytes } from '../../host/file-chunks.ts';
import { fileFacts } from '../../host/files-now.ts';

interface StoredLayer {
  readonly id: string;
  readonly parent?: string;
}

interface StoredImage {
  readonly id: string;
  readonly layer?: string;
}

/**
 * Takes away what killed builds left, and cached steps that lie on a layer which is gone: buildah cannot open a store
 * with such. Only while no build runs.
 */
export async function dropLeftovers(storage: string, knownLayers: ReadonlySet<string>): Promise<void> {
  const working = await dropContainers(storage);
  const layersFile = `${storage}/overlay-layers/layers.json`;
  const layers = readJson<StoredLayer[]>(layersFile) ?? [];
  const kept = new Set<string>();
  // Parents stand before their children.
  for (const { id, parent } of layers) {
    if (working.has(id)) continue;
    if (parent === undefined || kept.has(parent) || knownLayers.has(parent)) kept.add(id);
  }
  const gone = layers.filter(({ id }) => !kept.has(id));
  if (gone.length === 0) return;
  await dropImages(storage, ({ layer }) => layer === undefined || kept.has(layer) || knownLayers.has(layer));
  await writeFileAtomic(layersFile, JSON.stringify(layers.filter(({ id }) => kept.has(id))));
  for (const { id } of gone) {
    await removeTree(`${storage}/overlay/${id}`);
    await removeTree(`${storage}/overlay-layers/${id}.tar-split.gz`);
  }
}

/** A container is a step at work. Resolves with their layers. */
async function dropContainers(storage: string): Promise<Set<string>> {
  const layers = new Set<string>();
  for (const name of ['containers.json', 'volatile-containers.json']) {
    const file = `${storage}/overlay-containers/${name}`;
    const containers = readJson<{ id: string; layer: string }[]>(file) ?? [];
    if (containers.length === 0) continue;
    await writeFileAtomic(file, '[]');
    for (const { id, layer } of containers) {
      layers.add(layer);
      await removeTree(`${storage}/overlay-containers/${id}`);
    }
  }
  return layers;
}

async function dropImages(storage: string, isKept: (image: StoredImage) => boolean): Promise<void> {
  const file = `${storage}/overlay-images/images.json`;
  const images = readJson<StoredImage[]>(file) ?? [];
  await writeFileAtomic(file, JSON.stringify(images.filter(isKept)));
  for (const { id } of images.filter((image) => !isKept(image))) {
    await removeTree(`${storage}/overlay-images/${id}`);
  }
}

/** Throws all cached steps away. Only while no build runs. Resolves with the bytes that became free. */
export async function clearCache(storage: string): Promise<number> {
  if (!fileFacts(storage)) return 0;
  const bytes = await treeSizeBytes(storage);
  await removeTree(storage);
  return bytes;
}
