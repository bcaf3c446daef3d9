import { createHash } from 'node:crypto';
import { makeFolderNode, syncFilesystem } from '../host/file-nodes.ts';
import { BerthError } from '../model/errors.ts';
import { decompress, type Bytes } from './decompress.ts';
import { archiveLimit, layerWriteFailed } from './errors.ts';
import { LayerWriter } from './layer-writer.ts';
import { TarReader, type TarEntry } from './tar-reader.ts';

/** What one layer may hold. Above any image seen in use, below what harms a machine unnoticed. */
export interface UnpackLimits {
  readonly entries: number;
  /** Uncompressed. */
  readonly bytes: number;
}

export const DEFAULT_LIMITS: UnpackLimits = { entries: 2_000_000, bytes: 128 * 1024 ** 3 };

export interface UnpackedLayer {
  /** Digest of the uncompressed tar. */
  readonly diffId: string;
  /** Bytes of its files. */
  readonly sizeBytes: number;
}

/**
 * Unpacks a layer (a tar, compressed or not) into the new folder `into` and hashes it, in one pass. The caller
 * compares the digest and takes the folder away when this throws: EngineError (ARCHIVE_…, LAYER_…) or HostError.
 */
export async function unpackLayer(
  source: Bytes,
  options: { readonly into: string; readonly limits?: UnpackLimits },
): Promise<UnpackedLayer> {
  const limits = options.limits ?? DEFAULT_LIMITS;
  const hash = createHash('sha256');
  const tar = new TarReader(watched(decompress(source), { hash, limits }));
  makeFolderNode(Buffer.from(options.into));
  try {
    const sizeBytes = await unpackEntries(tar, { into: options.into, limits });
    return { diffId: `sha256:${hash.digest('hex')}`, sizeBytes };
  } finally {
    await tar.close();
  }
}

/** Resolves when the unpacked layers on the filesystem of `path` would outlive a power cut. */
export async function settle(path: string): Promise<void> {
  await syncFilesystem(path);
}

async function unpackEntries(
  tar: TarReader,
  options: { into: string; limits: UnpackLimits },
): Promise<number> {
  const writer = new LayerWriter(options.into);
  let [entries, sizeBytes] = [0, 0];
  for (let entry = await tar.next(); entry; entry = await tar.next()) {
    entries += 1;
    sizeBytes += entry.sizeBytes;
    if (entries > options.limits.entries)
      throw archiveLimit(`a layer has over ${options.limits.entries} entries`);
    if (sizeBytes > options.limits.bytes) throw tooLarge(options.limits);
    await writeEntry(writer, entry, tar);
  }
  writer.finish();
  return sizeBytes;
}

async function writeEntry(writer: LayerWriter, entry: TarEntry, tar: TarReader): Promise<void> {
  try {
    await writer.write(entry, (length) => tar.read(length));
  } catch (error) {
    throw error instanceof BerthError || !isSystemError(error) ? error : layerWriteFailed(entry.name, error);
  }
}

async function* watched(
  source: AsyncIterable<Buffer>,
  options: { hash: ReturnType<typeof createHash>; limits: UnpackLimits },
): AsyncGenerator<Buffer> {
  let total = 0;
  for await (const chunk of source) {
    total += chunk.length;
    if (total > options.limits.bytes) throw tooLarge(options.limits);
    options.hash.update(chunk);
    yield chunk;
  }
}

function tooLarge(limits: UnpackLimits): BerthError {
  return archiveLimit(`a layer unpacks to over ${Math.round(limits.bytes / 1024 ** 2)} MiB`);
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
