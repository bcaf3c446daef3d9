import { Growth, readGrowing } from '../host/growing-file.ts';
import { unpackLayer, type UnpackedLayer, type UnpackLimits } from './unpack.ts';

/** A layer's archive on disk, which may still be growing. */
export interface LayerSource {
  readonly path: string;
  readonly growth: Growth;
}

export interface UnpackRequest {
  /** A folder that is not there yet. */
  readonly into: string;
  readonly limits: UnpackLimits;
  /** How much of the archive has been read, now and then. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/** Unpacks a layer, here or elsewhere; throws what `unpackLayer` and the growth throw. */
export type Unpacker = (source: LayerSource, request: UnpackRequest) => Promise<UnpackedLayer>;

/** A file that is whole. */
export function wholeFile(path: string, sizeBytes: number): LayerSource {
  const growth = new Growth(sizeBytes);
  growth.end();
  return { path, growth };
}

/** Unpacks on the calling thread. */
export const unpackHere: Unpacker = async ({ path, growth }, { into, limits, onRead }) =>
  await unpackLayer(counted(readGrowing(path, growth), onRead), { into, limits });

async function* counted(
  source: AsyncIterable<Buffer>,
  onRead: ((bytes: number) => void) | undefined,
): AsyncGenerator<Buffer> {
  let [total, told] = [0, 0];
  for await (const chunk of source) {
    yield chunk;
    total += chunk.length;
    if (total - told < TELL_BYTES) continue;
    told = total;
    onRead?.(total);
  }
}

const TELL_BYTES = 512 * 1024;
