import { treeSizeBytes } from '../host/file-chunks.ts';
import { isErrno } from '../host/kernel.ts';
import type { Core } from './core.ts';

/** Bytes of a container's files. */
export interface ContainerSizes {
  /** What it has written itself. */
  readonly ownBytes: number;
  /** With the files of its image. */
  readonly totalBytes: number;
}

export async function containerSizes(core: Core, idOrName: string): Promise<ContainerSizes> {
  const { id, imageId } = core.state.findContainer(idOrName);
  const ownBytes = await treeSizeBytes(`${core.records.containerFolder(id)}/upper`).catch(
    (error: unknown) => {
      // It never ran, or writes just now.
      if (isErrno(error, 'ENOENT')) return 0;
      throw error;
    },
  );
  return { ownBytes, totalBytes: ownBytes + (core.images.find(imageId)?.sizeBytes ?? 0) };
}
