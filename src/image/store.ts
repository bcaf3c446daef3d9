import type { ImageRecord } from '../model/image.ts';
import { platformText, suitsPlatform } from '../model/platforms.ts';
import { makeFolder, removeTree } from '../host/files.ts';
import { folderArchive, stageArchive } from './archive.ts';
import { bytesOf, isFolder, type ArchiveSource } from './archive-source.ts';
import { imagesOf } from './archive-images.ts';
import { BlobFolder } from './blobs.ts';
import { hostImageFixed, imageNotFound } from './errors.ts';
import { takenFromBuild, type BuiltImage } from './build/built-image.ts';
import { HOST_IMAGE, HOST_REFERENCE } from './host-image.ts';
import { digestsOf, ImageTable, type StoredImage } from './image-table.ts';
import { importedImage, type ImportOptions, type TakenImage } from './import.ts';
import { LayerFolder } from './layers.ts';
import { layerBlob, layerPaths, lendImages } from './lending.ts';
import { loadedLines, lostNameLine, named, type ImageNames } from './image-names.ts';
import { lookUp } from './lookup.ts';
import { HttpClient } from '../host/http-exchange.ts';
import { makeManifest } from './manifests.ts';
import { familiarReference, parseReference, taggedReference } from './references.ts';
import {
  fetchImage,
  resolveImage,
  unchangedDigest,
  type PullParts,
  type PullRequest,
} from './registry/pull.ts';
import { pushImage, type Pushed, type PushRequest } from './registry/push.ts';
import { DEFAULT_RETRIES, type RetryPolicy } from './registry/retry.ts';
import { readRegistrySettings } from './registry/settings.ts';
import { SharedJobs } from './registry/shared-jobs.ts';
import { planRemoval, type ImageUse } from './removal.ts';
import { Pins } from './pins.ts';
import { saveArchive, type SavedImage } from './save.ts';
import { Settling } from './settling.ts';
import { storedImage } from './stored-image.ts';
import { DEFAULT_LIMITS, type UnpackLimits } from './unpack.ts';
import { unpackerFor } from './unpack-pool.ts';
import { wholeFile } from './unpacker.ts';

export type RemovedItem = { readonly untagged: string } | { readonly deleted: string };

/**
 * The images of one state root, in `<root>/images`: content-addressed blobs as an OCI image layout has them, layers
 * unpacked once and shared, one JSON file an image. The file is written last and durably, so a crash leaves no half
 * image; `open` sweeps what it left. One process writes at a time (the engine's lock sees to that).
 */
export class ImageStore {
  readonly #root: string;
  readonly #stateRoot: string;
  readonly #retries: RetryPolicy;
  readonly #limits: UnpackLimits;
  readonly #blobs: BlobFolder;
  readonly #layers: LayerFolder;
  readonly #table: ImageTable;
  readonly #pins = new Pins();
  readonly #jobs = new SharedJobs();
  readonly #http = new HttpClient();
  readonly #settling: Settling;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(options: {
    readonly root: string;
    readonly limits?: UnpackLimits;
    readonly retries?: RetryPolicy;
  }) {
    this.#root = `${options.root}/images`;
    this.#stateRoot = options.root;
    this.#retries = options.retries ?? DEFAULT_RETRIES;
    this.#limits = options.limits ?? DEFAULT_LIMITS;
    this.#blobs = new BlobFolder(this.#root);
    this.#layers = new LayerFolder(this.#root, {
      blobs: this.#blobs,
      limits: this.#limits,
      unpacker: unpackerFor(),
    });
    this.#table = new ImageTable(this.#root);
    const serial = (work: () => Promise<void>): Promise<void> => this.#serial(work);
    this.#settling = new Settling({ root: this.#root, table: this.#table, serial });
  }

  /** Reads what is there and removes the remains of a crash. */
  async open(): Promise<void> {
    await makeFolder(this.#root, 0o700);
    await this.#blobs.open();
    await this.#layers.open();
    await this.#table.open(this.#settling.bootId);
    await this.#collect();
    this.#settling.begin();
  }

  /** `berth/host` first, then the oldest. */
  list(): ImageRecord[] {
    return [HOST_IMAGE, ...this.#table.list().map(({ record }) => record)];
  }

  /** By reference, `name@digest`, id, or the unique start of an id. Throws EngineError REFERENCE_INVALID, IMAGE_AMBIGUOUS. */
  find(text: string): ImageRecord | undefined {
    return lookUp(this.list(), text).image;
  }

  /** The overlay lower folders, highest first: what a container's root filesystem lies on. */
  layers(image: ImageRecord): string[] {
    if (image.id === HOST_IMAGE.id) return ['/'];
    return layerPaths(this.#layers, image).reverse();
  }

  /** All images for a builder, kept with their layers until `release`. */
  lend(): ReturnType<typeof lendImages> {
    return lendImages({ table: this.#table, layers: this.#layers, blobs: this.#blobs, pins: this.#pins });
  }

  /** Takes what a builder made: a configuration, and the layers that are not in the store yet. Throws EngineError. */
  async addBuilt(built: BuiltImage): Promise<ImageRecord> {
    const staging = await this.#blobs.stage();
    try {
      const image = await takenFromBuild(built, {
        staging,
        blobOf: (diffId) => layerBlob(this.#table, diffId),
      });
      await this.#take(image, staging);
      return this.#known(image.id).record;
    } finally {
      await removeTree(staging);
      await this.#collect();
    }
  }

  /** Brings in the images of a `docker save` archive or an OCI image layout. Yields lines in Docker's words. */
  async *load(source: ArchiveSource): AsyncGenerator<string> {
    const staging = await this.#blobs.stage();
    try {
      const files = isFolder(source)
        ? folderArchive(source, staging)
        : await stageArchive(bytesOf(source), staging);
      for (const image of await imagesOf(files)) yield* await this.#take(image, staging);
    } finally {
      await removeTree(staging);
      await this.#collect();
    }
  }

  /**
   * Fetches an image from its registry, unless what is here is what the registry has. Resolves with the image, and
   * whether it is another than before. Throws EngineError REGISTRY_…, IMAGE_….
   */
  async pull(request: PullRequest): Promise<{ image: ImageRecord; isNew: boolean; digest: string }> {
    const { reference, onEvent } = request;
    const unpin: (() => void)[] = [];
    const parts = this.#pullParts((digests) => unpin.push(this.#pins.hold(digests)));
    try {
      const unchanged = await this.#unchanged(request, parts);
      if (unchanged) return unchanged;
      const resolved = await resolveImage(request, parts);
      onEvent({ status: `Pulling from ${reference.repository}`, id: resolved.asked.version });
      const repoDigest = `${reference.name}@${resolved.digest}`;
      const references = reference.digest === undefined ? [familiarReference(reference)] : [];
      const before = this.find(request.text)?.id;
      const taken = await fetchImage(resolved, request, parts);
      await this.#take({ ...taken, references, repoDigest }, await this.#blobs.stage());
      const image = this.#known(taken.id).record;
      return { image, isNew: image.id !== before, digest: resolved.digest };
    } finally {
      for (const release of unpin) release();
      await this.#collect();
    }
  }

  /** What is here under a tag, when the registry has the same; its time of coming is now. */
  async #unchanged(
    request: PullRequest,
    parts: PullParts,
  ): Promise<{ image: ImageRecord; isNew: boolean; digest: string } | undefined> {
    const { reference, platform } = request;
    const here = reference.digest === undefined ? this.find(request.text) : undefined;
    if (!here || platform.variant !== '' || !suitsPlatform(here, platformText(platform))) return undefined;
    const digests = here.repoDigests.map((name) => parseReference(name));
    const known = digests.flatMap(({ name, digest = '' }) => (name === reference.name ? [digest] : []));
    const digest = await unchangedDigest(request, parts, known);
    if (digest === undefined || !this.#table.get(here.id)) return undefined;
    request.onEvent({ status: `Pulling from ${reference.repository}`, id: reference.tag ?? 'latest' });
    const names = { references: [familiarReference(reference)], repoDigest: `${reference.name}@${digest}` };
    await this.#serial(() => this.#addNames(here.id, names));
    return { image: this.#known(here.id).record, isNew: false, digest };
  }

  /** Brings an image to the registry that `reference` names. Throws EngineError IMAGE_NOT_FOUND, REGISTRY_…. */
  async push(request: PushRequest): Promise<Pushed> {
    const name = familiarReference(request.reference);
    const found = this.find(name);
    if (!found) throw imageNotFound(name);
    if (found.hostRootfs) throw hostImageFixed('pushed');
    const image = this.#known(found.id);
    const release = this.#pins.hold(digestsOf(image));
    try {
      const pushed = await pushImage(request, { ...this.registry(), image, blobs: this.#blobs });
      const repoDigest = `${request.reference.name}@${pushed.digest}`;
      await this.#serial(() => this.#addNames(image.record.id, { references: [], repoDigest }));
      return pushed;
    } finally {
      release();
      await this.#collect();
    }
  }

  /** Takes away what broken-off pulls have left to go on from. Resolves with the bytes. */
  async forgetPartial(): Promise<number> {
    return await this.#blobs.forgetPartial(new Set(this.#pins.held()));
  }

  /** What it takes to ask registries. */
  registry(): Pick<PullParts, 'http' | 'settings' | 'retries'> {
    return { http: this.#http, settings: readRegistrySettings(this.#stateRoot), retries: this.#retries };
  }

  #pullParts(hold: PullParts['hold']): PullParts {
    return {
      ...this.registry(),
      blobs: this.#blobs,
      layers: this.#layers,
      jobs: this.#jobs,
      hold,
    };
  }

  /** Makes an image of a tar of a root filesystem. `changes` are Dockerfile lines. Throws EngineError. */
  async importRootfs(source: ArchiveSource, options: ImportOptions): Promise<ImageRecord> {
    const references = options.reference === '' ? [] : [taggedReference(options.reference)];
    if (references.includes(HOST_REFERENCE)) throw hostImageFixed('replaced');
    const staging = await this.#blobs.stage();
    try {
      const image = await importedImage(bytesOf(source), {
        ...options,
        references,
        staging,
        limits: this.#limits,
      });
      await this.#take(image, staging);
      return this.#known(image.id).record;
    } finally {
      await removeTree(staging);
      await this.#collect();
    }
  }

  /** Gives an image one more name, which another image may lose by it. Throws EngineError. */
  async tag(text: string, target: string): Promise<void> {
    const image = lookUp(this.list(), text).image;
    if (!image) throw imageNotFound(text);
    if (image.id === HOST_IMAGE.id) throw hostImageFixed('tagged');
    const reference = taggedReference(target);
    if (reference === HOST_REFERENCE) throw hostImageFixed('replaced');
    await this.#serial(() => this.#addNames(image.id, { references: [reference] }));
  }

  /** Removes an image or one of its names. Throws EngineError IMAGE_NOT_FOUND, IMAGE_IN_USE. */
  async remove(text: string, options: ImageUse & { readonly force: boolean }): Promise<RemovedItem[]> {
    return await this.#serial(async () => {
      const { image, reference } = lookUp(this.list(), text);
      if (!image) throw imageNotFound(text);
      if (image.id === HOST_IMAGE.id) throw hostImageFixed('removed');
      const plan = planRemoval(image, { ...options, reference });
      const untagged = plan.untag.map((name) => ({ untagged: name }));
      if (!plan.remove) {
        await this.#dropNames(image.id, plan.untag, true);
        return untagged;
      }
      await this.#table.forget(image.id);
      const gone = await this.#collect();
      return [...untagged, { deleted: image.id }, ...gone.map((digest) => ({ deleted: digest }))];
    });
  }

  /**
   * A tar of these images, for `docker load` and for tools that read OCI image layouts. What is asked for by name has
   * that name in it. What it needs is kept until it was read up or destroyed. Throws EngineError IMAGE_NOT_FOUND.
   */
  save(texts: readonly string[]): AsyncIterable<Uint8Array> {
    const names = new Map<string, string[]>();
    for (const text of texts) {
      const { image, reference } = lookUp(this.list(), text);
      if (!image) throw imageNotFound(text);
      if (image.id === HOST_IMAGE.id) throw hostImageFixed('saved');
      const list = names.get(image.id) ?? [];
      if (reference !== undefined && image.references.includes(reference)) list.push(reference);
      names.set(image.id, list);
    }
    const images = [...names].map(([id, references]) => ({ image: this.#known(id), references }));
    return this.#saved(images);
  }

  async *#saved(images: readonly SavedImage[]): AsyncGenerator<Uint8Array> {
    const release = this.#pins.hold(images.flatMap(({ image }) => digestsOf(image)));
    try {
      yield* saveArchive(images, this.#blobs);
    } finally {
      release();
      await this.#collect();
    }
  }

  /** Puts the blobs in their place, unpacks what is missing, and then makes the image visible. */
  async #take(image: TakenImage, staging = ''): Promise<string[]> {
    if (image.references.includes(HOST_REFERENCE)) throw hostImageFixed('replaced');
    const blobs = [image.config, ...image.layers];
    const unpin = [this.#pins.hold([...image.description.diffIds, ...blobs.map(({ digest }) => digest)])];
    try {
      // From here on they are read in the store: another image of the archive may have put them there already.
      for (const blob of blobs) this.#blobs.adopt(blob);
      const manifest = image.manifest ?? (await makeManifest(image, { blobs: this.#blobs, staging }));
      unpin.push(this.#pins.hold([manifest.digest]));
      this.#blobs.adopt(manifest);
      await this.#provideLayers(image);
      const stored = await storedImage(image, { manifest, layers: this.#layers, blobs: this.#blobs });
      return await this.#serial(() => this.#commit(stored, image));
    } finally {
      for (const undo of unpin) undo();
    }
  }

  async #provideLayers(image: TakenImage): Promise<void> {
    if (image.unpacked) await this.#layers.publish(image.unpacked);
    for (const [index, diffId] of image.description.diffIds.entries()) {
      const { digest, sizeBytes } = image.layers[index] ?? { digest: '', sizeBytes: 0 };
      await this.#layers.provide(diffId, wholeFile(this.#blobs.path(digest), sizeBytes));
    }
  }

  async #commit(image: Omit<StoredImage, 'revision'>, names: ImageNames): Promise<string[]> {
    const { id } = image.record;
    const { references } = names;
    if (this.#table.get(id)) {
      const lines = await this.#addNames(id, names);
      return [...lines, ...loadedLines(id, references)];
    }
    // The image and its names become visible in one write. Until the disk has it all, it is good for this boot only.
    await this.#table.save({
      ...image,
      record: named(image.record, names),
      unsettled: this.#settling.bootId,
    });
    this.#settling.begin();
    return [...(await this.#takeNamesFromOthers(id, references)), ...loadedLines(id, references)];
  }

  async #addNames(id: string, names: ImageNames): Promise<string[]> {
    const image = this.#known(id);
    await this.#table.save({ ...image, record: named(image.record, names) });
    return await this.#takeNamesFromOthers(id, names.references);
  }

  async #takeNamesFromOthers(id: string, references: readonly string[]): Promise<string[]> {
    const lines: string[] = [];
    for (const { record } of this.#table.list()) {
      const lost = record.references.filter((reference) => references.includes(reference));
      if (record.id === id || lost.length === 0) continue;
      await this.#dropNames(record.id, lost);
      lines.push(...lost.map((name) => lostNameLine(name, record.id)));
    }
    return lines;
  }

  /** A digest stays while its image has a tag in that repository, or lost it to another image. */
  async #dropNames(id: string, names: readonly string[], withDigests = false): Promise<void> {
    const image = this.#known(id);
    const references = image.record.references.filter((reference) => !names.includes(reference));
    const kept = new Set(references.map((reference) => parseReference(reference).name));
    const lost = new Set(names.map((name) => parseReference(name).name).filter((name) => !kept.has(name)));
    const repoDigests = image.record.repoDigests.filter(
      (digest) => !withDigests || !lost.has(parseReference(digest).name),
    );
    await this.#table.save({ ...image, record: { ...image.record, references, repoDigests } });
  }

  #known(id: string): StoredImage {
    const image = this.#table.get(id);
    if (!image) throw imageNotFound(id);
    return image;
  }

  /**
   * Removes layers and blobs that no image has and no work in progress counts on; resolves with the layers. What is
   * unused is found and made invisible in one turn, so that nobody can start to count on it in between.
   */
  async #collect(): Promise<string[]> {
    const used = new Set(this.#pins.held());
    for (const digest of this.#table.list().flatMap(digestsOf)) used.add(digest);
    for (const digest of this.#blobs.list()) if (!used.has(digest)) this.#blobs.remove(digest);
    const unused = this.#layers.list().filter((diffId) => !used.has(diffId));
    const graves = unused.map((diffId) => this.#layers.remove(diffId));
    for (const grave of graves) await removeTree(grave);
    return unused;
  }

  async #serial<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#writing.then(work, work);
    this.#writing = turn.catch(() => undefined);
    return await turn;
  }
}
