import { createHash, type Hash } from 'node:crypto';
import type { Exchange } from '../../host/http-exchange.ts';
import { openAppended, readGrowing, Growth, type AppendedFile } from '../../host/growing-file.ts';
import { readText } from './auth.ts';
import { messageIn, type RegistryClient } from './client.ts';
import { answerInvalid, blobMissing, contentMismatch, pullDenied, sizeMismatch } from './errors.ts';
import { refusal, type Descriptor } from './manifests.ts';
import { isPassing } from './retry.ts';
import { layerWriteFailed } from '../errors.ts';

export interface BlobRequest {
  readonly repository: string;
  readonly blob: Descriptor;
  /** What of it is there already is kept, and added to. */
  readonly path: string;
  /** Told of every byte that is in the file, for a reader beside. Ended by the caller. */
  readonly growth: Growth;
  readonly onBytes: (sizeBytes: number) => void;
}

/**
 * Fetches a blob into a file: goes on from what an earlier try left there, again after a cut connection, and proves
 * size and digest. What does not have them is thrown away. Throws EngineError.
 */
export async function downloadBlob(client: RegistryClient, request: BlobRequest): Promise<void> {
  const { blob } = request;
  const file = await PartialBlob.open(request);
  try {
    for (let failures = 0; file.sizeBytes < blob.sizeBytes; failures += 1) {
      const before = file.sizeBytes;
      try {
        await fetchRest(client, request, file);
        if (file.sizeBytes < blob.sizeBytes) throw tooShort(blob, file.sizeBytes);
      } catch (error) {
        // Whoever gets on is not counted as failing.
        if (file.sizeBytes > before) failures = 0;
        if (!isPassing(error) || failures >= client.retries.times) throw client.explain(error);
        await client.rest(failures);
      }
    }
    const digest = await file.finish();
    if (digest !== blob.digest) {
      throw contentMismatch({ what: nameOf(blob), expected: blob.digest, actual: digest });
    }
  } catch (error) {
    if (isAboutContent(error)) await file.clear();
    throw error;
  } finally {
    await file.close();
  }
}

/** What is in the file cannot be trusted: a try that goes on from there would fail again. */
export function isAboutContent(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'IMAGE_DIGEST_MISMATCH' || code === 'IMAGE_SIZE_MISMATCH';
}

async function fetchRest(client: RegistryClient, request: BlobRequest, file: PartialBlob): Promise<void> {
  const { blob, repository } = request;
  const from = file.sizeBytes;
  const exchange = await client.open({
    method: 'GET',
    path: `/v2/${repository}/blobs/${blob.digest}`,
    headers: from === 0 ? {} : { Range: `bytes=${from}-` },
  });
  // A server that knows no ranges begins anew: what is there already is passed over.
  let skip = await startOf(client, { exchange, from, blob, repository });
  for await (const chunk of exchange.body) {
    if (skip >= chunk.length) {
      skip -= chunk.length;
      continue;
    }
    const fresh = skip === 0 ? chunk : chunk.subarray(skip);
    skip = 0;
    if (file.sizeBytes + fresh.length > blob.sizeBytes) {
      exchange.discard();
      throw sizeMismatch({ what: nameOf(blob), expected: blob.sizeBytes, actual: 'more' });
    }
    await file.write(fresh);
    request.onBytes(file.sizeBytes);
  }
}

/** How many bytes of the body are there already. */
async function startOf(
  client: RegistryClient,
  about: { exchange: Exchange; from: number; blob: Descriptor; repository: string },
): Promise<number> {
  const { exchange, from, blob, repository } = about;
  if (exchange.status === 200) return from;
  if (exchange.status === 206) {
    const start = /^bytes (\d+)-/.exec(exchange.headers['content-range'] ?? '')?.[1];
    if (Number(start) === from) return 0;
    exchange.discard();
    throw answerInvalid(client.name, `bytes from ${start ?? 'nowhere'}, asked for those from ${from}`);
  }
  const why = messageIn((await readText(exchange, MOST_TEXT_BYTES).catch(() => '')) ?? '');
  if (exchange.status === 404) throw blobMissing(blob.digest, client.name);
  throw refusal(client, { status: exchange.status, why, denied: () => pullDenied(repository, why) });
}

function tooShort(blob: Descriptor, sizeBytes: number): Error {
  return sizeMismatch({ what: nameOf(blob), expected: blob.sizeBytes, actual: String(sizeBytes) });
}

function nameOf(blob: Descriptor): string {
  return `layer ${blob.digest.slice(7, 19)}`;
}

const MOST_TEXT_BYTES = 64 * 1024;
const MOST_UNWRITTEN_BYTES = 4 * 1024 * 1024;

/** The file of a blob that comes: hashed as it grows. Chunks that come while the disk is busy are written together. */
class PartialBlob {
  readonly #file: AppendedFile;
  readonly #growth: Growth;
  #hash: Hash = createHash('sha256');
  #sizeBytes = 0;
  #unwritten: Buffer[] = [];
  #unwrittenBytes = 0;
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;

  static async open({ path, growth, blob }: BlobRequest): Promise<PartialBlob> {
    const partial = new PartialBlob(await openAppended(path), growth);
    await partial.#takeUp(path, blob.sizeBytes);
    return partial;
  }

  private constructor(file: AppendedFile, growth: Growth) {
    this.#file = file;
    this.#growth = growth;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async write(chunk: Buffer): Promise<void> {
    this.#hash.update(chunk);
    this.#sizeBytes += chunk.length;
    this.#unwritten.push(chunk);
    this.#unwrittenBytes += chunk.length;
    this.#writing ??= this.#flush();
    if (this.#unwrittenBytes > MOST_UNWRITTEN_BYTES) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The digest of all of it. */
  async finish(): Promise<string> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
    return `sha256:${this.#hash.digest('hex')}`;
  }

  async clear(): Promise<void> {
    await this.#writing;
    await this.#file.clear();
    this.#sizeBytes = 0;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }

  /** What an earlier try left; more than there can be is thrown away. */
  async #takeUp(path: string, mostBytes: number): Promise<void> {
    const left = await this.#file.sizeBytes();
    if (left > mostBytes) {
      await this.#file.clear();
      return;
    }
    const whole = new Growth(left);
    whole.end();
    for await (const chunk of readGrowing(path, whole)) this.#hash.update(chunk);
    this.#sizeBytes = left;
    this.#growth.advance(left);
  }

  async #flush(): Promise<void> {
    try {
      while (this.#unwritten.length > 0) {
        const chunks = this.#unwritten;
        const end = this.#sizeBytes;
        this.#unwritten = [];
        this.#unwrittenBytes = 0;
        await this.#file.writeAll(chunks);
        this.#growth.advance(end);
      }
    } catch (error) {
      this.#failure = layerWriteFailed('blob', error);
    } finally {
      this.#writing = undefined;
    }
  }
}
