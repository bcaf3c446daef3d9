import type { ImageRecord } from '../model/image.ts';
import { listFolder } from '../host/files-now.ts';
import { makeFolder, readJson, removeTree, writeFileAtomic } from '../host/files.ts';
import { hexOf } from './blobs.ts';

/** An image as the store keeps it: one JSON file, whose presence makes the image visible. */
export interface StoredImage {
  readonly record: ImageRecord;
  readonly manifest: StoredBlob;
  /** Lowest first, as `record.diffIds`: the layers as they came, compressed or not. */
  readonly layers: readonly StoredBlob[];
  /** Grows with every write: of two files that claim one name after a crash, the later is right. */
  readonly revision: number;
  /** The boot during which it came, until its layers would outlive a power cut. After another boot it counts as absent. */
  readonly unsettled?: string | undefined;
}

export interface StoredBlob {
  readonly digest: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
}

/** All that an image needs of the store. */
export function digestsOf({ record, manifest, layers }: StoredImage): string[] {
  return [record.id, manifest.digest, ...record.diffIds, ...layers.map(({ digest }) => digest)];
}

/** The images on disk and in memory; the caller serialises the writes. */
export class ImageTable {
  readonly #root: string;
  readonly #images = new Map<string, StoredImage>();
  #revision = 0;

  constructor(root: string) {
    this.#root = root;
  }

  /** What a power cut may have left half-written is dropped. */
  async open(bootId: string): Promise<void> {
    await makeFolder(`${this.#root}/records`, 0o700);
    for (const name of listFolder(`${this.#root}/records`)) {
      const path = `${this.#root}/records/${name}`;
      const image = name.endsWith('.json') ? readRecord(path) : undefined;
      if (image && (image.unsettled ?? bootId) === bootId) this.#images.set(image.record.id, image);
      else await removeTree(path);
    }
    const images = [...this.#images.values()].toSorted((a, b) => b.revision - a.revision);
    this.#revision = images[0]?.revision ?? 0;
    await this.#settleNames(images);
  }

  /** Oldest first. */
  list(): StoredImage[] {
    return [...this.#images.values()].toSorted((a, b) => (a.record.created < b.record.created ? -1 : 1));
  }

  get(id: string): StoredImage | undefined {
    return this.#images.get(id);
  }

  /** Durable when this resolves, unless the image itself is not yet. */
  async save(image: Omit<StoredImage, 'revision'>): Promise<void> {
    this.#revision += 1;
    const stored: StoredImage = { ...image, revision: this.#revision };
    await writeFileAtomic(this.#path(image.record.id), JSON.stringify(stored, null, 1), {
      durable: image.unsettled === undefined,
    });
    this.#images.set(image.record.id, stored);
    await this.#writeIndex();
  }

  async forget(id: string): Promise<void> {
    await removeTree(this.#path(id));
    this.#images.delete(id);
    await this.#writeIndex();
  }

  #path(id: string): string {
    return `${this.#root}/records/${hexOf(id)}.json`;
  }

  /** A name moves by two writes, the new owner's first. */
  async #settleNames(latestFirst: readonly StoredImage[]): Promise<void> {
    const taken = new Set<string>();
    for (const image of latestFirst) {
      const references = image.record.references.filter((reference) => !taken.has(reference));
      references.forEach((reference) => taken.add(reference));
      if (references.length === image.record.references.length) continue;
      await this.save({ ...image, record: { ...image.record, references } });
    }
  }

  /** Makes the folder an OCI image layout that other tools read. Nothing here depends on it. */
  async #writeIndex(): Promise<void> {
    const manifests = this.list().flatMap(descriptorsOf);
    const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
    await writeFileAtomic(`${this.#root}/oci-layout`, JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    await writeFileAtomic(`${this.#root}/index.json`, JSON.stringify(index));
  }
}

/** A file that cannot be read is that of an image whose write a power cut has undone. */
function readRecord(path: string): StoredImage | undefined {
  try {
    return readJson<StoredImage>(path);
  } catch {
    return undefined;
  }
}

function descriptorsOf({ record, manifest }: StoredImage): object[] {
  const descriptor = {
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.sizeBytes,
    platform: { os: record.os, architecture: record.architecture },
  };
  if (record.references.length === 0) return [descriptor];
  return record.references.map((reference) => ({
    ...descriptor,
    annotations: { 'org.opencontainers.image.ref.name': reference },
  }));
}
