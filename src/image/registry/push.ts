import { createHash } from 'node:crypto';
import type { HttpClient } from '../../host/http-exchange.ts';
import type { TransferEvent } from '../../model/transfer.ts';
import type { BlobFolder } from '../blobs.ts';
import type { StoredBlob, StoredImage } from '../image-table.ts';
import { MANIFEST_TYPE } from '../manifests.ts';
import { parseReference, type Reference } from '../references.ts';
import type { Credentials } from './auth.ts';
import { messageIn, RegistryClient, type RegistryRequest } from './client.ts';
import { originOf } from './endpoint.ts';
import { answerInvalid, pullCancelled, pushDenied } from './errors.ts';
import { inParallel } from './in-parallel.ts';
import { refusal } from './manifests.ts';
import { isPassing, isPassingStatus, type RetryPolicy } from './retry.ts';
import type { RegistrySettings } from './settings.ts';

export interface PushRequest {
  /** With a tag. */
  readonly reference: Reference;
  readonly credentials: Credentials;
  readonly signal: AbortSignal;
  readonly onEvent: (event: TransferEvent) => void;
}

/** What of the store a push works with; the caller keeps the image from being collected. */
export interface PushParts {
  readonly image: StoredImage;
  readonly blobs: BlobFolder;
  readonly http: HttpClient;
  readonly settings: RegistrySettings;
  readonly retries: RetryPolicy;
}

export interface Pushed {
  readonly digest: string;
  readonly sizeBytes: number;
}

/**
 * Brings an image to its registry: the blobs that are missing there, or that another repository of it has, and then the
 * manifest, byte for byte as it is here. Throws EngineError.
 */
export async function pushImage(request: PushRequest, parts: PushParts): Promise<Pushed> {
  const { reference, signal, onEvent } = request;
  const siblings = siblingsOf(reference, parts.image);
  const scopes = [`${reference.repository}:pull,push`, ...siblings.map((name) => `${name}:pull`)];
  const client = new RegistryClient({
    ...parts,
    endpoint: originOf(reference.registry, parts.settings),
    scope: scopes.map((scope) => `repository:${scope}`).join(' '),
    credentials: request.credentials,
    signal,
  });
  const upload: Upload = { client, blobs: parts.blobs, repository: reference.repository, siblings };
  const layers = layersOf(parts.image);
  for (const { id } of layers) onEvent({ status: 'Preparing', id, progress: {} });
  for (const { id } of layers.slice(LAYERS_AT_ONCE)) onEvent({ status: 'Waiting', id, progress: {} });
  await inParallel(layers, { most: LAYERS_AT_ONCE, signal }, async ({ id, blob }, laneSignal) => {
    const end = await uploadBlob({ ...upload, client: client.until(laneSignal) }, blob, (currentBytes) =>
      onEvent({ status: 'Pushing', id, progress: { currentBytes, totalBytes: blob.sizeBytes } }),
    );
    onEvent({ status: end, id, progress: {} });
  });
  if (signal.aborted) throw pullCancelled();
  await uploadBlob(upload, configOf(parts), () => undefined);
  const bytes = await manifestOf(parts);
  const said = (JSON.parse(bytes.toString('utf8')) as { mediaType?: string }).mediaType;
  const tag = reference.tag ?? 'latest';
  const { sizeBytes } = await putManifest(upload, { bytes, mediaType: said ?? MANIFEST_TYPE, tag });
  return { digest: parts.image.manifest.digest, sizeBytes };
}

/** Where blobs go, and where they come from. */
export interface Upload {
  readonly client: RegistryClient;
  readonly blobs: Pick<BlobFolder, 'read'>;
  readonly repository: string;
  /** Repositories of the same registry that have the image, or a part of it. */
  readonly siblings: readonly string[];
}

const LAYERS_AT_ONCE = 4;
const MOST_TEXT_BYTES = 64 * 1024;
const TELL_EVERY_MS = 100;

function siblingsOf(reference: Reference, { record }: StoredImage): readonly string[] {
  const others = [...record.references, ...record.repoDigests].map((name) => parseReference(name));
  const names = others
    .filter(
      ({ registry, repository }) => registry === reference.registry && repository !== reference.repository,
    )
    .map(({ repository }) => repository);
  return [...new Set(names)].slice(0, 3);
}

/** Each blob once, by the short name that clients know its layer by. */
function layersOf({ record, layers }: StoredImage): readonly { id: string; blob: StoredBlob }[] {
  const rows = layers.map((blob, index) => ({
    blob,
    id: (record.diffIds[index] ?? blob.digest).slice(7, 19),
  }));
  return [...new Map(rows.map((row) => [row.blob.digest, row])).values()];
}

function configOf({ image, blobs }: PushParts): StoredBlob {
  const digest = image.record.id;
  return { digest, sizeBytes: blobs.sizeBytes(digest), mediaType: '' };
}

/** Resolves with Docker's words for how it ended. A failure on the way begins anew: an upload has no sure middle. */
export async function uploadBlob(
  upload: Upload,
  blob: StoredBlob,
  onBytes: (sizeBytes: number) => void,
): Promise<string> {
  const { client } = upload;
  for (let failures = 0; ; failures += 1) {
    try {
      return await uploadOnce(upload, blob, onBytes);
    } catch (error) {
      const isLast = failures >= client.retries.times;
      if (isLast || !(isPassing(error) || error instanceof Passing)) throw client.explain(causeOf(error));
    }
    await client.rest(failures);
  }
}

async function uploadOnce(
  upload: Upload,
  blob: StoredBlob,
  onBytes: (sizeBytes: number) => void,
): Promise<string> {
  const { client, repository } = upload;
  const base = `/v2/${repository}/blobs`;
  const there = await client.open({ method: 'HEAD', path: `${base}/${blob.digest}` });
  there.discard();
  if (there.status === 200) return 'Layer already exists';
  for (const sibling of upload.siblings) {
    const query = new URLSearchParams({ mount: blob.digest, from: sibling }).toString();
    const mounted = await client.open({ method: 'POST', path: `${base}/uploads/?${query}` });
    mounted.discard();
    if (mounted.status === 201) return `Mounted from ${sibling}`;
  }
  const session = await ask(upload, { method: 'POST', path: `${base}/uploads/` }, [202]);
  const filled = await ask(upload, bodyRequest(upload, { blob, onBytes, session }), [202, 201, 204]);
  const last = new URL(filled.location || session.location);
  last.searchParams.set('digest', blob.digest);
  await ask(upload, { method: 'PUT', path: last.href, headers: { 'Content-Length': '0' } }, [201, 204]);
  return 'Pushed';
}

function bodyRequest(
  { blobs }: Upload,
  about: { blob: StoredBlob; onBytes: (sizeBytes: number) => void; session: { location: string } },
): RegistryRequest {
  const { blob, onBytes, session } = about;
  return {
    method: 'PATCH',
    path: session.location,
    headers: { 'Content-Type': 'application/octet-stream', 'Content-Length': String(blob.sizeBytes) },
    body: () => counted(blobs.read(blob.digest), onBytes),
    once: true,
  };
}

/** One request of an upload, and where the next one goes. */
async function ask(
  { client, repository }: Upload,
  request: RegistryRequest,
  accepted: readonly number[],
): Promise<{ location: string }> {
  const { exchange, bytes } = await client.read({ ...request, once: true }, MOST_TEXT_BYTES);
  if (!accepted.includes(exchange.status)) {
    const error = refused(client, { status: exchange.status, text: bytes?.toString() ?? '', repository });
    throw isPassingStatus(exchange.status) ? new Passing(error) : error;
  }
  const { location } = exchange.headers;
  if (location === undefined && request.method === 'POST') {
    throw answerInvalid(client.name, 'an upload without a place to send it to');
  }
  return { location: location === undefined ? '' : new URL(location, exchange.url).href };
}

async function manifestOf({ image, blobs }: PushParts): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of blobs.read(image.manifest.digest)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The manifest goes last: with it, everything is there. */
export async function putManifest(
  upload: Upload,
  { bytes, mediaType, tag }: { bytes: Buffer; mediaType: string; tag: string },
): Promise<Pushed> {
  const { client, repository } = upload;
  const path = `/v2/${repository}/manifests/${tag}`;
  const headers = { 'Content-Type': mediaType };
  const answer = await client.read({ method: 'PUT', path, headers, body: () => bytes }, MOST_TEXT_BYTES);
  const { status } = answer.exchange;
  if (status !== 201 && status !== 200) {
    throw refused(client, { status, text: answer.bytes?.toString() ?? '', repository });
  }
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { digest, sizeBytes: bytes.length };
}

function refused(client: RegistryClient, about: { status: number; text: string; repository: string }): Error {
  const why = messageIn(about.text);
  const denied = () => pushDenied(about.repository, why);
  return refusal(client, { status: about.status, why, denied });
}

/** A refusal that may be over at the next try. */
class Passing extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Passing ? error.cause : error;
}

async function* counted(
  source: AsyncIterable<Buffer>,
  onBytes: (sizeBytes: number) => void,
): AsyncGenerator<Buffer> {
  let [total, toldAt] = [0, 0];
  for await (const chunk of source) {
    yield chunk;
    total += chunk.length;
    if (performance.now() - toldAt < TELL_EVERY_MS) continue;
    toldAt = performance.now();
    onBytes(total);
  }
}
