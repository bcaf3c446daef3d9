import { readImageConfig } from '../image-config.ts';
import { stageBlob } from '../blobs.ts';
import type { StoredBlob } from '../image-table.ts';
import { HOST_DIFF_ID, HOST_LAYER } from '../host-layer.ts';
import type { TakenImage } from '../import.ts';
import { stageText } from '../manifests.ts';

/** What a builder made. */
export interface BuiltImage {
  /** Text of its configuration. */
  readonly config: string;
  /** The uncompressed tar of a layer that the store does not have. */
  readonly layer: (diffId: string) => AsyncIterable<Uint8Array>;
  /** Familiar, with a tag. */
  readonly references: readonly string[];
}

/** Makes a build's result ready to be stored; layers that are there already are neither read nor copied. */
export async function takenFromBuild(
  built: BuiltImage,
  store: { staging: string; blobOf: (diffId: string) => StoredBlob | undefined },
): Promise<TakenImage> {
  const config = await stageText(built.config, `${store.staging}/config`);
  const description = readImageConfig(JSON.parse(built.config), 'the image configuration');
  const layers = [];
  for (const [index, diffId] of description.diffIds.entries()) {
    const known = store.blobOf(diffId);
    const path = `${store.staging}/layer-${index}`;
    if (known) layers.push({ path, digest: known.digest, sizeBytes: known.sizeBytes });
    else layers.push(await stageBlob(layerBytes(built, diffId), path));
  }
  return {
    id: config.digest,
    config,
    manifest: undefined,
    description,
    layers,
    references: built.references,
  };
}

async function* layerBytes(built: BuiltImage, diffId: string): AsyncGenerator<Uint8Array> {
  if (diffId === HOST_DIFF_ID) {
    yield HOST_LAYER;
    return;
  }
  yield* built.layer(diffId);
}
