import { randomBytes } from 'node:crypto';
import { makeFolder, readText, removeTree } from '../../host/files.ts';
import type { BuildEvent, BuildRequest } from '../../model/build.ts';
import type { ImageRecord } from '../../model/image.ts';
import { taggedReference } from '../references.ts';
import type { ImageStore } from '../store.ts';
import { builderId, layerIds, bigDataName, writeBaseStore, type LentImage } from './base-store.ts';
import { buildArguments, runBuildah, type BuildNetwork, type Workplace } from './buildah.ts';
import { rewriteFor, writeFiles } from './build-files.ts';
import { clearCache, dropLeftovers } from './cache.ts';
import { baseMissing, buildFailed } from './errors.ts';
import { layerTar, storedLayers } from './layer-tar.ts';
import { BuildOutput } from './output.ts';
import { readRecipe, type Recipe } from './recipe.ts';

/** As Docker has it. */
const SHM_BYTES = 64 << 20;

const MEMORY_NOTE = 'warning: the limit on memory has no effect: steps run with that of the engine';

export interface BuildRun {
  readonly network: BuildNetwork;
  readonly tell: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
  /** Brings an image in that is not there, or a newer one. */
  readonly fetch: (reference: string) => Promise<void>;
}

/** Builds images with buildah, in `<root>/build`: cached steps are kept there between builds. */
export class Builder {
  readonly #images: ImageStore;
  readonly #root: string;
  readonly #runRoot: string;
  readonly #hiddenPaths: readonly string[];
  #running = 0;
  #opened: Promise<void> | undefined;

  constructor(about: { images: ImageStore; root: string; runRoot: string }) {
    this.#images = about.images;
    this.#root = `${about.root}/build`;
    this.#runRoot = `${about.runRoot}/build`;
    this.#hiddenPaths = [about.root, about.runRoot];
  }

  /**
   * Builds one image and puts it into the store. Throws EngineError DOCKERFILE_…, BUILD_…; HostError
   * HOST_PROGRAM_MISSING without buildah.
   */
  async build(request: BuildRequest, run: BuildRun): Promise<ImageRecord> {
    const references = request.tags.map(taggedReference);
    const recipe = readRecipe(request);
    await this.#fetchBases(recipe, request, run);
    const { images, release } = this.#images.lend();
    const name = randomBytes(8).toString('hex');
    const [folder, runFolder] = [`${this.#root}/work/${name}`, `${this.#runRoot}/${name}`];
    this.#running += 1;
    try {
      if (this.#running === 1) this.#opened = this.#open(images);
      await this.#opened;
      await makeFolder(folder, 0o700);
      await makeFolder(runFolder, 0o700);
      const bases = this.#bases(recipe, images);
      const place = this.#place({ folder, runFolder, bases, images });
      return await this.#run({ request, run, recipe, references, bases, place });
    } finally {
      this.#running -= 1;
      release();
      if (run.signal.aborted && this.#running === 0) await (this.#opened = this.#open(images));
      await Promise.all([removeTree(folder), removeTree(runFolder)]);
    }
  }

  /** Throws the cached steps away, unless a build runs. Resolves with the bytes that became free. */
  async prune(): Promise<number> {
    return this.#running > 0 ? 0 : await clearCache(this.#storage);
  }

  get #storage(): string {
    return `${this.#root}/storage`;
  }

  /** Before the first of several builds: what a crash left goes, and steps whose base image is gone. */
  async #open(images: readonly LentImage[]): Promise<void> {
    await this.#opened?.catch(() => undefined);
    await makeFolder(this.#root, 0o700);
    await Promise.all([removeTree(`${this.#root}/work`), removeTree(this.#runRoot)]);
    await dropLeftovers(this.#storage, new Set(images.flatMap(({ diffIds }) => layerIds(diffIds))));
  }

  async #fetchBases(recipe: Recipe, request: BuildRequest, run: BuildRun): Promise<void> {
    for (const { reference, line } of recipe.images) {
      const isThere = this.#images.find(reference) !== undefined;
      const isOwn = this.#images.find(reference)?.hostRootfs === true;
      if (isThere && !(request.pull && !isOwn)) continue;
      try {
        await run.fetch(reference);
      } catch (cause) {
        run.signal.throwIfAborted();
        throw baseMissing({ reference, line, lines: recipe.file.lines, cause });
      }
    }
  }

  #bases(recipe: Recipe, images: readonly LentImage[]): Map<string, LentImage> {
    const bases = new Map<string, LentImage>();
    for (const { reference, line } of recipe.images) {
      const id = this.#images.find(reference)?.id;
      const image = images.find((one) => one.id === id);
      if (!image) throw baseMissing({ reference, line, lines: recipe.file.lines });
      bases.set(reference, image);
    }
    return bases;
  }

  #place(about: {
    folder: string;
    runFolder: string;
    bases: ReadonlyMap<string, LentImage>;
    images: readonly LentImage[];
  }): Workplace {
    const { folder, runFolder, bases, images } = about;
    const baseStore = `${folder}/base`;
    const visible = [...bases.values()];
    const { hostMounts } = writeBaseStore(baseStore, { visible, known: images });
    return {
      folder,
      runFolder,
      storage: this.#storage,
      runStorage: `${runFolder}/storage`,
      baseStore,
      hostMounts,
      hiddenPaths: this.#hiddenPaths,
    };
  }

  async #run(work: Work): Promise<ImageRecord> {
    const { request, run, recipe, references, place } = work;
    const rewritten = rewriteFor(work);
    const output = new BuildOutput(rewritten.steps, run.tell);
    const files = writeFiles(work, rewritten);
    if (request.memory !== '') run.tell({ type: 'output', text: MEMORY_NOTE });
    const exitCode = await runBuildah(buildArguments(request, files), {
      place,
      network: run.network,
      shmSizeBytes: request.shmSizeBytes ?? SHM_BYTES,
      onLine: (line) => output.line(line),
      signal: run.signal,
    });
    run.signal.throwIfAborted();
    if (exitCode !== 0) throw failure(recipe, output, exitCode);
    const id = (readText(files.idFile) ?? '').trim().replace(/^sha256:/, '');
    const image = await this.#take(work, id);
    const steps = rewritten.steps.flat().filter((step) => step !== undefined).length;
    run.tell({ type: 'built', id: image.id, tags: references, steps, cachedSteps: output.cachedSteps });
    return image;
  }

  /** Layers that our store has already are neither written out nor read. */
  async #take({ place, references, bases }: Work, id: string): Promise<ImageRecord> {
    const { storage } = place;
    const config = readText(`${storage}/overlay-images/${id}/${bigDataName(`sha256:${id}`)}`);
    const layers = storedLayers(storage, id);
    return await this.#images.addBuilt({
      config: config ?? lentConfig(bases, id) ?? '',
      layer: (diffId) => layerTar(storage, layers.get(diffId) ?? ''),
      references,
    });
  }
}

interface Work {
  readonly request: BuildRequest;
  readonly run: BuildRun;
  readonly recipe: Recipe;
  readonly references: readonly string[];
  readonly bases: ReadonlyMap<string, LentImage>;
  readonly place: Workplace;
}

/** FROM alone gives the base image itself. */
function lentConfig(bases: ReadonlyMap<string, LentImage>, id: string): string | undefined {
  return [...bases.values()].find((image) => builderId(image) === id)?.config;
}

function failure(recipe: Recipe, output: BuildOutput, exitCode: number): Error {
  const { current, tail } = output;
  const reason = output.reason === '' ? `buildah ended with exit code ${exitCode}` : output.reason;
  const { path, file } = recipe;
  return buildFailed({ reason, instruction: current, file: path, lines: file.lines, output: tail });
}
