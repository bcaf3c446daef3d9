import { createHash } from 'node:crypto';
import { makeSymlinkNow } from '../../host/file-chunks.ts';
import { makeFolderNow } from '../../host/files.ts';
import { writeFileNow } from '../../host/files-now.ts';
import { sha256Of } from '../blobs.ts';
import { HOST_DIFF_ID } from '../host-layer.ts';

/** An image of our store, as a builder needs it. */
export interface LentImage {
  /** Id in our store. */
  readonly id: string;
  /** Its configuration, whose digest is the id that the builder knows it by. */
  readonly config: string;
  readonly diffIds: readonly string[];
  /** Unpacked layers, lowest first. Unused for the layer that stands for the machine's files. */
  readonly folders: readonly string[];
}

/** Where the machine's own root has to be mounted before the builder starts. */
export interface BaseStore {
  readonly hostMounts: readonly string[];
}

/**
 * Writes a read-only store in the form that buildah takes further images from (`overlay.imagestore`): our layers are
 * linked into it, so that a base image is neither copied nor unpacked again. `known` are all images whose layers a
 * cached step may lie on; `visible` those that FROM and `--from` name.
 * @see https://github.com/containers/storage (layers.json, images.json, drivers/overlay)
 */
export function writeBaseStore(
  folder: string,
  images: { visible: readonly LentImage[]; known: readonly LentImage[] },
): BaseStore {
  for (const part of ['overlay/l', 'overlay-layers', 'overlay-images'])
    makeFolderNow(`${folder}/${part}`, 0o700);
  const layers = new Map<string, object>();
  const hostMounts: string[] = [];
  for (const image of [...images.visible, ...images.known]) {
    hostMounts.push(...addLayers(folder, { image, layers }));
  }
  const records = [...new Map(images.visible.map((image) => [image.id, image])).values()].map((image) =>
    addImage(folder, image),
  );
  writeFileNow(`${folder}/overlay-layers/layers.json`, JSON.stringify([...layers.values()]));
  writeFileNow(`${folder}/overlay-images/images.json`, JSON.stringify(records));
  for (const lock of ['overlay-layers/layers.lock', 'overlay-images/images.lock', 'storage.lock'])
    writeFileNow(`${folder}/${lock}`, '');
  return { hostMounts };
}

/** The id by which the builder finds a lent image: the digest of its configuration, without the algorithm. */
export function builderId(image: LentImage): string {
  return sha256Of(image.config).slice('sha256:'.length);
}

/**
 * Ids of the layers of an image, as the containers/image library gives them: by any other id a layer is not
 * recognised when a step is stored, and is copied.
 */
export function layerIds(diffIds: readonly string[]): string[] {
  let below = '';
  return diffIds.map((diffId) => {
    const hex = diffId.slice('sha256:'.length);
    below = below === '' ? hex : createHash('sha256').update(`${below}+${hex}`).digest('hex');
    return below;
  });
}

function addLayers(
  folder: string,
  { image, layers }: { image: LentImage; layers: Map<string, object> },
): string[] {
  const hostMounts: string[] = [];
  const ids = layerIds(image.diffIds);
  for (const [index, id] of ids.entries()) {
    if (layers.has(id)) continue;
    const [diffId = '', parent] = [image.diffIds[index], ids[index - 1]];
    const home = `${folder}/overlay/${id}`;
    makeFolderNow(home, 0o700);
    if (diffId === HOST_DIFF_ID) {
      makeFolderNow(`${home}/diff`, 0o755);
      hostMounts.push(`${home}/diff`);
    } else makeSymlinkNow(image.folders[index] ?? '', `${home}/diff`);
    makeSymlinkNow(`../${id}/diff`, `${folder}/overlay/l/${linkName(id)}`);
    writeFileNow(`${home}/link`, linkName(id));
    const lower = ids
      .slice(0, index)
      .reverse()
      .map((one) => `l/${linkName(one)}`);
    if (lower.length > 0) writeFileNow(`${home}/lower`, lower.join(':'));
    layers.set(id, {
      id,
      ...(parent !== undefined && { parent }),
      created: NO_TIME,
      'compressed-diff-digest': diffId,
      'compressed-size': 0,
      'diff-digest': diffId,
      'diff-size': 0,
    });
  }
  return hostMounts;
}

function addImage(folder: string, image: LentImage): object {
  const id = builderId(image);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: `sha256:${id}`,
      size: Buffer.byteLength(image.config),
    },
    layers: image.diffIds.map((digest) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest,
      size: 0,
    })),
  });
  const digest = sha256Of(manifest);
  const data = new Map([
    ['manifest', manifest],
    [`manifest-${digest}`, manifest],
    [`sha256:${id}`, image.config],
  ]);
  makeFolderNow(`${folder}/overlay-images/${id}`, 0o700);
  for (const [key, text] of data) writeFileNow(`${folder}/overlay-images/${id}/${bigDataName(key)}`, text);
  const entries = [...data];
  return {
    id,
    digest,
    layer: layerIds(image.diffIds).at(-1) ?? '',
    created: NO_TIME,
    metadata: '{}',
    'big-data-names': [...data.keys()],
    'big-data-sizes': Object.fromEntries(entries.map(([key, text]) => [key, Buffer.byteLength(text)])),
    'big-data-digests': Object.fromEntries(entries.map(([key, text]) => [key, sha256Of(text)])),
  };
}

/** Names that hold anything but letters and digits are written as base64 behind `=`. */
export function bigDataName(key: string): string {
  return /^[a-z]+$/.test(key) ? key : `=${Buffer.from(key).toString('base64')}`;
}

const NO_TIME = '1970-01-01T00:00:00Z';

function linkName(id: string): string {
  return id.slice(0, 26).toUpperCase();
}
