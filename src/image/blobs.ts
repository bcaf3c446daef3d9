import { createHash, randomBytes } from 'node:crypto';
import { ageMs, createFile, fileFacts, readChunks, renameNow } from '../host/file-chunks.ts';
import { listFolder, removeFileNow } from '../host/files-now.ts';
import { makeFolder, removeTree, writeFileAtomic } from '../host/files.ts';
import { readFileBounded } from '../host/text-files.ts';
import type { Bytes } from './decompress.ts';
import { archiveDocumentInvalid } from './errors.ts';

/** A blob that was written to a staging folder. */
export interface StagedBlob {
  readonly path: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

/** The content-addressed files of the store: `blobs/sha256/<hex>`, as an OCI image layout has them. */
export class BlobFolder {
  readonly #folder: string;
  readonly #staging: string;
  readonly #partial: string;

  constructor(root: string) {
    this.#folder = `${root}/blobs/sha256`;
    this.#staging = `${root}/staging`;
    this.#partial = `${root}/partial`;
  }

  /** Throws away what a crash left half-made; blobs that were on their way stay for a day, to go on from. */
  async open(): Promise<void> {
    await removeTree(this.#staging);
    await makeFolder(this.#staging, 0o700);
    await makeFolder(this.#folder, 0o700);
    await makeFolder(this.#partial, 0o700);
    for (const name of listFolder(this.#partial)) {
      const path = `${this.#partial}/${name}`;
      if (ageMs(path) > PARTIAL_KEPT_MS) await removeTree(path);
    }
  }

  /** Where a blob grows that is being fetched; what an earlier try has left there can be added to. */
  partialPath(digest: string): string {
    return `${this.#partial}/${hexOf(digest)}`;
  }

  /** Blobs on their way that nobody fetches any more. */
  async forgetPartial(busy: ReadonlySet<string>): Promise<number> {
    let freedBytes = 0;
    for (const hex of listFolder(this.#partial)) {
      if (busy.has(`sha256:${hex}`)) continue;
      freedBytes += fileFacts(`${this.#partial}/${hex}`)?.sizeBytes ?? 0;
      await removeTree(`${this.#partial}/${hex}`);
    }
    return freedBytes;
  }

  /** Bytes of a small document as a blob that waits to be adopted. */
  async keep(bytes: Buffer): Promise<StagedBlob> {
    const digest = sha256Of(bytes);
    const staged = { digest, sizeBytes: bytes.length };
    if (this.has(digest)) return { ...staged, path: this.path(digest) };
    const path = this.partialPath(digest);
    await writeFileAtomic(path, bytes);
    return { ...staged, path };
  }

  /** A private folder on the store's filesystem, for work in progress. The caller removes it; a crash leaves it to `open`. */
  async stage(): Promise<string> {
    const path = this.newStagingPath();
    await makeFolder(path, 0o700);
    return path;
  }

  /** A free name on the store's filesystem. */
  newStagingPath(): string {
    return `${this.#staging}/${randomBytes(8).toString('hex')}`;
  }

  path(digest: string): string {
    return `${this.#folder}/${hexOf(digest)}`;
  }

  has(digest: string): boolean {
    return fileFacts(this.path(digest))?.kind === 'file';
  }

  sizeBytes(digest: string): number {
    return fileFacts(this.path(digest))?.sizeBytes ?? 0;
  }

  read(digest: string): AsyncGenerator<Buffer> {
    return readChunks(this.path(digest));
  }

  /** Takes a staged file in, whose digest its writer worked out. */
  adopt(blob: StagedBlob): void {
    if (!this.has(blob.digest)) renameNow(blob.path, this.path(blob.digest));
    // Another pull of the same may have been first.
    else if (blob.path === this.partialPath(blob.digest)) removeFileNow(blob.path);
  }

  list(): string[] {
    return listFolder(this.#folder).map((hex) => `sha256:${hex}`);
  }

  remove(digest: string): void {
    removeFileNow(this.path(digest));
  }
}

/** Writes a source to a new file while hashing it. */
export async function stageBlob(source: Bytes, path: string): Promise<StagedBlob> {
  const tee = teeToFile(source, path);
  for await (const chunk of tee.chunks) if (chunk.length === 0) continue;
  return tee.blob();
}

/** As `stageBlob`, while somebody else reads the same bytes: `blob` is known once `chunks` has been read up. */
export function teeToFile(
  source: Bytes,
  path: string,
): { chunks: AsyncGenerator<Uint8Array>; blob(): StagedBlob } {
  const hash = createHash('sha256');
  let [sizeBytes, digest] = [0, ''];
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const file = await createFile(path);
    try {
      for await (const chunk of source) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        await file.write(chunk);
        yield chunk;
      }
      digest = `sha256:${hash.digest('hex')}`;
    } finally {
      await file.close();
    }
  }
  return {
    chunks: chunks(),
    blob: () => {
      if (digest === '') throw new Error(`${path} was not read up`);
      return { path, digest, sizeBytes };
    },
  };
}

/** The JSON in a file of an archive. Throws EngineError ARCHIVE_DOCUMENT_INVALID. */
export function readDocument(path: string, name: string): unknown {
  const read = readFileBounded(path, MAX_DOCUMENT_BYTES);
  if (read.kind !== 'bytes') throw archiveDocumentInvalid(name, read.reason);
  try {
    return JSON.parse(read.bytes.toString('utf8'));
  } catch (error) {
    throw archiveDocumentInvalid(name, error instanceof Error ? error.message : 'it is not JSON');
  }
}

export function sha256Of(bytes: string | Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export function hexOf(digest: string): string {
  return digest.slice('sha256:'.length);
}

const PARTIAL_KEPT_MS = 24 * 3_600_000;
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;
