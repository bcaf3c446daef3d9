import { makeSymlinkNow, renameNow, symlinkTarget } from '../host/file-chunks.ts';
import { listFolder, removeFileNow } from '../host/files-now.ts';
import { makeFolder, readJson, removeTree, writeFileAtomic } from '../host/files.ts';
import { hexOf, type BlobFolder } from './blobs.ts';
import { archiveMismatch } from './errors.ts';
import type { UnpackLimits } from './unpack.ts';
import type { LayerSource, Unpacker } from './unpacker.ts';

/**
 * Layers, unpacked once each: `layers/<hex of the diff id>/{diff/,size.json}`. A layer appears by one rename, when it
 * is whole. `l/<24 hex>` is a short name for each `diff`, because the kernel takes at most a page of overlay options.
 */
export class LayerFolder {
  readonly #root: string;
  readonly #blobs: BlobFolder;
  readonly #limits: UnpackLimits;
  readonly #unpacker: Unpacker;
  /** Diff id → bytes of its files. */
  readonly #sizes = new Map<string, number>();
  readonly #unpacking = new Map<string, Promise<void>>();

  constructor(root: string, options: { blobs: BlobFolder; limits: UnpackLimits; unpacker: Unpacker }) {
    this.#root = root;
    this.#blobs = options.blobs;
    this.#limits = options.limits;
    this.#unpacker = options.unpacker;
  }

  async open(): Promise<void> {
    await makeFolder(`${this.#root}/layers`, 0o700);
    await makeFolder(`${this.#root}/l`, 0o700);
    for (const hex of listFolder(`${this.#root}/layers`)) {
      const size = readSize(`${this.#root}/layers/${hex}/size.json`);
      if (size) this.#sizes.set(`sha256:${hex}`, size.bytes);
      else await removeTree(`${this.#root}/layers/${hex}`);
    }
  }

  has(diffId: string): boolean {
    return this.#sizes.has(diffId);
  }

  sizeBytes(diffId: string): number {
    return this.#sizes.get(diffId) ?? 0;
  }

  list(): string[] {
    return [...this.#sizes.keys()];
  }

  /** The unpacked tree, by its short name where that is free. */
  path(diffId: string): string {
    const hex = hexOf(diffId);
    const [link, target] = [`${this.#root}/l/${hex.slice(0, 24)}`, `../layers/${hex}/diff`];
    makeSymlinkNow(target, link);
    return symlinkTarget(link) === target ? link : `${this.#root}/layers/${hex}/diff`;
  }

  /** Unpacks a layer unless it is there; two callers at once share the work. Throws ARCHIVE_DIGEST_MISMATCH and others. */
  async provide(diffId: string, source: LayerSource, onRead?: (bytes: number) => void): Promise<void> {
    while (!this.has(diffId)) {
      const running = this.#unpacking.get(diffId);
      if (running) {
        // Its failure is about its own archive; ours may be sound.
        await running.catch(() => undefined);
        continue;
      }
      const work = this.#unpack(diffId, { source, onRead }).finally(() => this.#unpacking.delete(diffId));
      this.#unpacking.set(diffId, work);
      await work;
    }
  }

  /** Makes a layer that was unpacked at `folder`/diff visible. */
  async publish(layer: { folder: string; diffId: string; sizeBytes: number }): Promise<void> {
    const { folder, diffId, sizeBytes } = layer;
    await writeFileAtomic(`${folder}/size.json`, JSON.stringify({ bytes: sizeBytes }));
    if (this.has(diffId)) return;
    renameNow(folder, `${this.#root}/layers/${hexOf(diffId)}`);
    this.#sizes.set(diffId, sizeBytes);
  }

  /** Makes a layer invisible, at once; the caller removes the folder that this returns. */
  remove(diffId: string): string {
    const hex = hexOf(diffId);
    const grave = this.#blobs.newStagingPath();
    const link = `${this.#root}/l/${hex.slice(0, 24)}`;
    if (symlinkTarget(link) === `../layers/${hex}/diff`) removeFileNow(link);
    renameNow(`${this.#root}/layers/${hex}`, grave);
    this.#sizes.delete(diffId);
    return grave;
  }

  async #unpack(
    diffId: string,
    from: { source: LayerSource; onRead: ((bytes: number) => void) | undefined },
  ): Promise<void> {
    const staging = await this.#blobs.stage();
    try {
      const folder = `${staging}/layer`;
      await makeFolder(folder, 0o700);
      const request = { into: `${folder}/diff`, limits: this.#limits, onRead: from.onRead };
      const layer = await this.#unpacker(from.source, request);
      if (layer.diffId !== diffId) {
        throw archiveMismatch({ what: 'a layer', expected: diffId, actual: layer.diffId });
      }
      await this.publish({ folder, ...layer });
    } finally {
      await removeTree(staging);
    }
  }
}

/** A file that a power cut has emptied is none, and neither is its layer. */
function readSize(path: string): { readonly bytes: number } | undefined {
  try {
    return readJson<{ bytes: number }>(path);
  } catch {
    return undefined;
  }
}
