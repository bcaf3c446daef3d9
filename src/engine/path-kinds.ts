import { fileFacts } from '../host/files-now.ts';
import { isErrno } from '../host/kernel.ts';
import { pathInRoot } from '../host/rooted-path.ts';
import type { Core } from './core.ts';
import type { PathKind } from './operations/step-context.ts';

/** What stands at a path of the machine. Devices, sockets and pipes count as files: they are mounted on one. */
export function kindOnHost(path: string): PathKind {
  try {
    const facts = fileFacts(path, { follow: true });
    if (!facts) return 'none';
    return facts.kind === 'folder' ? 'folder' : 'file';
  } catch (error) {
    if (isErrno(error, 'ENOTDIR', 'ELOOP', 'EACCES')) return 'none';
    throw error;
  }
}

/** What the highest layer that has the path says of it; one that hides it (a whiteout) ends the search. */
export function kindInImage(core: Core, imageId: string, path: string): PathKind {
  const image = core.images.find(imageId);
  if (!image) return 'none';
  for (const layer of core.images.layers(image)) {
    try {
      const facts = fileFacts(pathInRoot(layer, path));
      if (facts?.kind === 'character-device' && facts.major === 0 && facts.minor === 0) return 'none';
      if (facts) return facts.kind === 'folder' ? 'folder' : 'file';
    } catch (error) {
      if (!isErrno(error, 'ENOTDIR', 'ELOOP', 'EACCES')) throw error;
    }
  }
  return 'none';
}
