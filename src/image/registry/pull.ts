import type { HttpClient } from '../../host/http-exchange.ts';
import { EngineError } from '../../model/errors.ts';
import type { TransferEvent } from '../../model/transfer.ts';
import { fileFacts } from '../../host/file-chunks.ts';
import { Growth } from '../../host/growing-file.ts';
import { removeTree } from '../../host/files.ts';
import { readDocument, type BlobFolder, type StagedBlob } from '../blobs.ts';
import { readImageConfig, type ImageDescription } from '../image-config.ts';
import type { TakenImage } from '../import.ts';
import type { LayerFolder } from '../layers.ts';
import type { Reference } from '../references.ts';
import { wholeFile } from '../unpacker.ts';
import type { Credentials } from './auth.ts';
import { downloadBlob, isAboutContent } from './blob-download.ts';
import { RegistryClient } from './client.ts';
import { endpointsOf } from './endpoint.ts';
import { answerInvalid, layerBroken, manifestUnsupported, platformMissing, pullCancelled } from './errors.ts';
import { inParallel } from './in-parallel.ts';
import { fetchManifest, headManifest, type Asked, type Descriptor, type Manifest } from './manifests.ts';
import { choosePlatform, platformText, type Platform } from '../../model/platforms.ts';
import type { RetryPolicy } from './retry.ts';
import type { RegistrySettings } from './settings.ts';
import type { JobContext, SharedJobs } from './shared-jobs.ts';

export interface PullRequest {
  readonly reference: Reference;
  /** As the person writes it, with a tag or digest. */
  readonly text: string;
  readonly platform: Platform;
  /** The platform was asked for, and is not just this machine's. */
  readonly isPlatformWanted: boolean;
  readonly credentials: Credentials;
  readonly signal: AbortSignal;
  readonly onEvent: (event: TransferEvent) => void;
}

/** What of the store a pull works with. */
export interface PullParts {
  readonly blobs: BlobFolder;
  readonly layers: LayerFolder;
  readonly jobs: SharedJobs;
  readonly http: HttpClient;
  readonly settings: RegistrySettings;
  readonly retries: RetryPolicy;
  /** Keeps digests from being collected until the pull is over. */
  readonly hold: (digests: readonly string[]) => void;
}

export type ImageManifest = Extract<Manifest, { kind: 'image' }>;

/** What a reference stands for in a registry. */
export interface Resolved {
  readonly client: RegistryClient;
  readonly asked: Asked;
  /** Of what the tag names: an image, or a list of them. */
  readonly digest: string;
  readonly manifest: ImageManifest;
}

/** Asks mirrors and then the registry itself for the manifest of the wanted platform. Throws EngineError. */
export async function resolveImage(request: PullRequest, parts: PullParts): Promise<Resolved> {
  const { reference, text, signal } = request;
  const version = reference.digest ?? reference.tag ?? 'latest';
  const asked: Asked = { repository: reference.repository, version, reference: text };
  const endpoints = endpointsOf(reference, parts.settings);
  for (const [index, endpoint] of endpoints.entries()) {
    const client = new RegistryClient({
      ...parts,
      endpoint,
      scope: `repository:${reference.repository}:pull`,
      credentials: request.credentials,
      signal,
    });
    try {
      const top = await fetchManifest(client, asked);
      return { client, asked, digest: top.digest, manifest: await imageOf(client, { asked, top, request }) };
    } catch (error) {
      // A mirror need not have everything, nor be there at all.
      if (index === endpoints.length - 1 || signal.aborted) throw error;
    }
  }
  throw new Error(`${text} has no registry`);
}

/**
 * The digest that the tag stands for, when it is one of `digests`: one small question, and nothing is fetched. What goes
 * wrong here does so again where it can be told.
 */
export async function unchangedDigest(
  request: PullRequest,
  parts: PullParts,
  digests: readonly string[],
): Promise<string | undefined> {
  const { reference, text, credentials, signal } = request;
  const [endpoint] = endpointsOf(reference, parts.settings);
  if (digests.length === 0 || !endpoint) return undefined;
  const scope = `repository:${reference.repository}:pull`;
  const client = new RegistryClient({ ...parts, endpoint, scope, credentials, signal });
  const version = reference.tag ?? 'latest';
  const asked = { repository: reference.repository, version, reference: text };
  const digest = await headManifest(client, asked).catch(() => undefined);
  return digest !== undefined && digests.includes(digest) ? digest : undefined;
}

/** Fetches and unpacks what is missing of an image; it is whole and proved, and not yet visible. Throws EngineError. */
export async function fetchImage(
  resolved: Resolved,
  request: PullRequest,
  parts: PullParts,
): Promise<TakenImage> {
  const { manifest, asked, client } = resolved;
  parts.hold([manifest.config.digest, manifest.digest, ...manifest.layers.map(({ digest }) => digest)]);
  const config = await fetchConfig(resolved, request, parts);
  const description = descriptionOf(resolved, config);
  const { platform, text } = request;
  const own: Platform = { os: description.os, architecture: description.architecture, variant: '' };
  if (request.isPlatformWanted && own.architecture !== platform.architecture) {
    const wanted = platformText(platform);
    throw platformMissing({ reference: text, wanted, offered: [platformText(own)] });
  }
  parts.hold(description.diffIds);
  const layers = manifest.layers.map((blob, index) => ({ blob, diffId: description.diffIds[index] ?? '' }));
  await fetchLayers(layers, { client, asked, request, parts });
  return {
    id: manifest.config.digest,
    config,
    manifest: await parts.blobs.keep(manifest.bytes),
    manifestType: manifest.mediaType,
    description,
    layers: manifest.layers.map((blob) => stagedAt(parts.blobs, blob)),
    references: [],
  };
}

const LAYERS_AT_ONCE = 4;
const MOST_NESTED = 3;
const CONFIG_TYPES =
  /^$|^application\/vnd\.(oci\.image\.config\.v1|docker\.container\.image\.v1)\+json$|^application\/(json|octet-stream)$/;

async function imageOf(
  client: RegistryClient,
  about: { asked: Asked; top: Manifest; request: PullRequest },
): Promise<ImageManifest> {
  const { asked, request } = about;
  let manifest = about.top;
  for (let depth = 0; manifest.kind === 'list'; depth += 1) {
    // `unknown` marks attestations about the other entries.
    const offered = manifest.manifests.filter(({ platform }) => platform.os !== 'unknown');
    const chosen = choosePlatform(offered, request.platform);
    if (!chosen || depth >= MOST_NESTED) {
      const names = [...new Set(offered.map(({ platform }) => platformText(platform)))];
      throw platformMissing({
        reference: request.text,
        wanted: platformText(request.platform),
        offered: names,
      });
    }
    manifest = await fetchManifest(client, { ...asked, version: chosen.digest });
  }
  if (!CONFIG_TYPES.test(manifest.config.mediaType)) {
    throw manifestUnsupported(request.text, `${manifest.mediaType} of a ${manifest.config.mediaType}`);
  }
  return manifest;
}

async function fetchConfig(
  { client, asked, manifest }: Resolved,
  { signal }: PullRequest,
  { blobs, jobs }: PullParts,
): Promise<StagedBlob> {
  const { config } = manifest;
  if (!blobs.has(config.digest)) {
    const user = { signal, onEvent: () => undefined };
    await jobs.run(config.digest, user, (job) =>
      downloadBlob(client.until(job.signal), {
        repository: asked.repository,
        blob: config,
        path: blobs.partialPath(config.digest),
        growth: new Growth(),
        onBytes: () => undefined,
      }),
    );
  }
  return stagedAt(blobs, config);
}

function descriptionOf({ client, asked, manifest }: Resolved, config: StagedBlob): ImageDescription {
  let description: ImageDescription;
  try {
    description = readImageConfig(readDocument(config.path, 'the configuration'), 'the configuration');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw answerInvalid(client.name, `${asked.reference}: ${why}`);
  }
  const [layers, diffIds] = [manifest.layers.length, description.diffIds.length];
  if (layers === diffIds) return description;
  throw answerInvalid(
    client.name,
    `the manifest of ${asked.reference} has ${layers} layers, its configuration ${diffIds}`,
  );
}

interface WantedLayer {
  readonly blob: Descriptor;
  readonly diffId: string;
}

async function fetchLayers(
  layers: readonly WantedLayer[],
  about: { client: RegistryClient; asked: Asked; request: PullRequest; parts: PullParts },
): Promise<void> {
  const { client, asked, request, parts } = about;
  const once = [...new Map(layers.map((layer) => [layer.blob.digest, layer])).values()];
  const missing: WantedLayer[] = [];
  for (const layer of once) {
    const id = idOf(layer.blob);
    const isThere = parts.layers.has(layer.diffId) && parts.blobs.has(layer.blob.digest);
    if (!isThere) missing.push(layer);
    request.onEvent({ status: isThere ? 'Already exists' : 'Pulling fs layer', id, progress: {} });
  }
  for (const { blob } of missing.slice(LAYERS_AT_ONCE)) {
    request.onEvent({ status: 'Waiting', id: idOf(blob), progress: {} });
  }
  await inParallel(missing, { most: LAYERS_AT_ONCE, signal: request.signal }, async (layer, signal) => {
    const user = { signal, onEvent: request.onEvent };
    await parts.jobs.run(layer.blob.digest, user, (job) =>
      fetchLayer(layer, { client: client.until(job.signal), repository: asked.repository, parts, job }),
    );
  });
  if (request.signal.aborted) throw pullCancelled();
}

interface LayerWork {
  readonly client: RegistryClient;
  readonly repository: string;
  readonly parts: PullParts;
  readonly job: JobContext;
}

async function fetchLayer(layer: WantedLayer, work: LayerWork): Promise<void> {
  const { path } = stagedAt(work.parts.blobs, layer.blob);
  const hasOld = (fileFacts(path)?.sizeBytes ?? 0) > 0;
  try {
    await fetchAndUnpack(layer, work);
  } catch (error) {
    // Bytes of an earlier try may have been the wrong ones.
    if (!hasOld || !isAboutContent(error)) throw error;
    await fetchAndUnpack(layer, work);
  }
}

/** Unpacks while it downloads. What comes out appears when its digest is right, not before. */
async function fetchAndUnpack({ blob, diffId }: WantedLayer, work: LayerWork): Promise<void> {
  const { client, repository, parts, job } = work;
  const { path } = stagedAt(parts.blobs, blob);
  const id = idOf(blob);
  const report = new LayerReport(id, blob.sizeBytes, job.emit);
  if (parts.blobs.has(blob.digest)) {
    await unpacked(parts.layers.provide(diffId, wholeFile(path, blob.sizeBytes), report.onRead), blob);
  } else {
    const growth = new Growth();
    const unpacking = parts.layers.provide(diffId, { path, growth }, report.onRead);
    unpacking.catch(() => undefined);
    try {
      await downloadBlob(client, { repository, blob, path, growth, onBytes: report.onBytes });
      report.downloaded();
      growth.end();
    } catch (error) {
      growth.end(error);
      await unpacking.catch(() => undefined);
      throw error;
    }
    try {
      await unpacked(unpacking, blob);
    } catch (error) {
      await removeTree(path);
      throw error;
    }
  }
  job.emit({ status: 'Pull complete', id, progress: {} });
}

/** The bytes are those that the manifest promises: what is wrong with them is wrong in the registry. */
async function unpacked(unpacking: Promise<void>, { digest }: Descriptor): Promise<void> {
  try {
    await unpacking;
  } catch (error) {
    throw error instanceof EngineError ? layerBroken(digest, error) : error;
  }
}

function stagedAt(blobs: BlobFolder, { digest, sizeBytes }: Descriptor): StagedBlob {
  return { path: blobs.has(digest) ? blobs.path(digest) : blobs.partialPath(digest), digest, sizeBytes };
}

function idOf({ digest }: Descriptor): string {
  return digest.slice(7, 19);
}

/** Tells how far a layer is, at most ten times a second. */
class LayerReport {
  readonly #id: string;
  readonly #totalBytes: number;
  readonly #emit: (event: TransferEvent) => void;
  #toldAt = 0;
  #isDownloaded = false;

  constructor(id: string, totalBytes: number, emit: (event: TransferEvent) => void) {
    this.#id = id;
    this.#totalBytes = totalBytes;
    this.#emit = emit;
  }

  readonly onBytes = (currentBytes: number): void => this.#tell('Downloading', currentBytes);

  readonly onRead = (currentBytes: number): void => {
    if (this.#isDownloaded) this.#tell('Extracting', currentBytes);
  };

  downloaded(): void {
    this.#isDownloaded = true;
    this.#emit({ status: 'Verifying Checksum', id: this.#id, progress: {} });
    this.#emit({ status: 'Download complete', id: this.#id, progress: {} });
  }

  #tell(status: string, currentBytes: number): void {
    const now = performance.now();
    if (now - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = now;
    this.#emit({ status, id: this.#id, progress: { currentBytes, totalBytes: this.#totalBytes } });
  }
}

const TELL_EVERY_MS = 100;
