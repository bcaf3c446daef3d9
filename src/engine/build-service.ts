import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { makeFolder, removeTree } from '../host/files.ts';
import { BuildRecords } from '../image/build/build-records.ts';
import { Builder } from '../image/build/builder.ts';
import type { BuildNetwork } from '../image/build/buildah.ts';
import type { FolderChange } from '../image/folder-changes.ts';
import { parseReference, taggedReference } from '../image/references.ts';
import { writeTree } from '../image/tree-writer.ts';
import type { BuildAssessment, BuildEvent, BuildRequest } from '../model/build.ts';
import { EngineError } from '../model/errors.ts';
import type { ImageRecord } from '../model/image.ts';
import { commitContainer, containerChanges, type CommitRequest, type Holding } from './commit.ts';
import type { RegistryApi, RegistryCredentials } from './engine-api.ts';
import type { Core } from './core.ts';
import { contextFor } from './core.ts';
import { containerFilesOf } from './operations/container-files.ts';
import { sandboxPathFor } from './operations/container-steps.ts';
import { publishImageEvent } from './image-events.ts';

export interface BuildOptions {
  readonly tell: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
  /** Whom to be when base images are fetched from a registry. */
  readonly logins: (registry: string) => RegistryCredentials;
}

/** What the API room may ask about builds. */
export interface BuildApi {
  /** Builds an image; what it says comes through `tell`. */
  build(request: BuildRequest, options: BuildOptions): Promise<ImageRecord>;
  /** Whether the images are what their contexts and attributes would give now. */
  assess(requests: readonly BuildRequest[]): readonly BuildAssessment[];
  /** Unpacks a context that came as a tar; `release` throws it away. */
  stageContext(source: AsyncIterable<Uint8Array>): Promise<{ path: string; release: () => Promise<void> }>;
  /** Throws cached steps away; resolves with the bytes that became free. */
  prune(): Promise<number>;
  /** Makes an image of a container; resolves with its id. */
  commit(idOrName: string, request: CommitRequest): Promise<string>;
  /** What a container has changed of its image's files. */
  changes(idOrName: string): readonly FolderChange[];
}

/** Builds: as many at once as there are processors. */
export class BuildService implements BuildApi {
  readonly #core: Core;
  readonly #registry: Pick<RegistryApi, 'pull'>;
  readonly #hold: Holding;
  readonly #builder: Builder;
  readonly #records: BuildRecords;
  readonly #waiting: (() => void)[] = [];
  #free = Math.max(2, availableParallelism());
  #running = 0;
  #swept: Promise<void> | undefined;

  constructor(
    core: Core,
    { registry, lifecycle }: { registry: Pick<RegistryApi, 'pull'>; lifecycle: Holding },
  ) {
    this.#hold = lifecycle;
    const { images, paths } = core;
    this.#core = core;
    this.#registry = registry;
    this.#builder = new Builder({ images, root: paths.root, runRoot: paths.runRoot });
    this.#records = new BuildRecords({ root: paths.root, images });
  }

  get isBusy(): boolean {
    return this.#running > 0;
  }

  /** Builds an image; what it says comes through `tell`. Throws EngineError BUILD_…, DOCKERFILE_…. */
  async build(request: BuildRequest, options: BuildOptions): Promise<ImageRecord> {
    this.#running += 1;
    await this.#takeTurn();
    try {
      options.signal.throwIfAborted();
      return await this.#build(request, options);
    } finally {
      this.#running -= 1;
      this.#free += 1;
      this.#waiting.shift()?.();
    }
  }

  assess(requests: readonly BuildRequest[]): readonly BuildAssessment[] {
    return requests.map((request) => this.#records.assess(request));
  }

  /** Unpacks a context that came as a tar. */
  async stageContext(
    source: AsyncIterable<Uint8Array>,
  ): Promise<{ path: string; release: () => Promise<void> }> {
    const folder = `${this.#core.paths.root}/build/contexts`;
    // Once in an engine's life: what an earlier one left.
    this.#swept ??= removeTree(folder);
    await this.#swept;
    const path = `${folder}/${randomBytes(8).toString('hex')}`;
    const release = (): Promise<void> => removeTree(path);
    try {
      await makeFolder(path, 0o700);
      await writeTree({ source, root: path, folder: '/', keepKinds: false });
    } catch (error) {
      await release();
      throw error;
    }
    return { path, release };
  }

  /** Throws the cached steps away. Resolves with the bytes that became free. */
  async prune(): Promise<number> {
    return this.#builder.prune();
  }

  commit(idOrName: string, request: CommitRequest): Promise<string> {
    return commitContainer(this.#core, this.#hold, { idOrName, ...request });
  }

  changes(idOrName: string): readonly FolderChange[] {
    return containerChanges(this.#core, idOrName);
  }

  async #build(request: BuildRequest, options: BuildOptions): Promise<ImageRecord> {
    const { tell, signal } = options;
    const seen = this.#records.see(request);
    const network = networkFor(this.#core, request.network);
    const noCache = request.noCache || this.#records.hasOtherArgs(request, seen);
    const image = await this.#builder.build(
      { ...request, noCache },
      {
        network,
        tell,
        signal,
        fetch: (reference) => this.#fetch(reference, options),
      },
    );
    // Base images that had to be fetched have an id only now.
    const { attributes } = this.#records.see(request);
    await this.#records.save(request, { ...seen, attributes, imageId: image.id });
    for (const name of request.tags) {
      publishImageEvent(this.#core, image, { action: 'tag', name: taggedReference(name) });
    }
    return image;
  }

  async #fetch(reference: string, { tell, signal, logins }: BuildOptions): Promise<void> {
    await this.#registry.pull({
      reference,
      platform: '',
      credentials: logins(parseReference(reference).registry),
      signal,
      onEvent: ({ status, id, progress }) => {
        // Bytes as they come are for a person who looks at a bar.
        if (progress === undefined && status !== '')
          tell({ type: 'output', text: id === undefined ? status : `${id}: ${status}` });
      },
    });
  }

  async #takeTurn(): Promise<void> {
    while (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#free -= 1;
  }
}

/** `default` and `host`: the machine's network. `container:x`: what that one has. */
function networkFor(core: Core, network: string): BuildNetwork {
  if (['', 'default', 'host'].includes(network)) return { none: false };
  if (network === 'none') return { none: true };
  const [, name] = /^container:(.+)$/.exec(network) ?? [];
  if (name === undefined) {
    throw new EngineError(400, 'BUILD_NETWORK', `the build network ${network} is not known`, {
      hint: 'Use default, host, none, or the name of a network.',
    });
  }
  const context = contextFor(core);
  const container = core.state.findContainer(name);
  const { resolvConf } = containerFilesOf(context, container);
  return { none: false, netns: sandboxPathFor(context, container), resolvConf };
}
