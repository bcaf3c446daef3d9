import { fileFacts } from '../host/file-chunks.ts';
import { placeCopy, removeCopy, type Placed } from '../host/place-file.ts';
import { pathInRoot } from '../host/rooted-path.ts';
import type { FileChange, FileChangeResult } from '../model/engine.ts';
import { withRoot } from './container-archive.ts';
import type { Core } from './core.ts';

/** Copies in flight at once. */
const COPIES_MAX = 16;

/**
 * Copies files of the host into a container, one by one, each as a whole: nothing is needed in the image, and volumes
 * and memory mounts are written through. What can not be copied is told and keeps nothing else from being copied.
 */
export async function changeFiles(
  core: Core,
  idOrName: string,
  changes: readonly FileChange[],
): Promise<FileChangeResult> {
  const container = core.state.findContainer(idOrName);
  return withRoot(core, container, async (root) => {
    const counts: Record<Placed, number> = { written: 0, same: 0, removed: 0, absent: 0 };
    const failures: { path: string; message: string }[] = [];
    const one = async ({ from, to }: FileChange) => {
      try {
        const place = placeIn(root, to);
        counts[await (from === undefined ? removeCopy(place) : placeCopy(from, place))] += 1;
      } catch (error) {
        failures.push({ path: to, message: error instanceof Error ? error.message : String(error) });
      }
    };
    await inOrderOfDepth(changes, one);
    return { ...counts, failures };
  });
}

/** What is removed goes from the inside out; then folders are made from the outside in, and files put into them. */
async function inOrderOfDepth(
  changes: readonly FileChange[],
  work: (change: FileChange) => Promise<void>,
): Promise<void> {
  const kinds = changes.map((change) => ({ change, kind: kindToBe(change) }));
  const those = (wanted: string) => kinds.flatMap(({ change, kind }) => (kind === wanted ? [change] : []));
  for (const change of those('none').sort((a, b) => depthOf(b.to) - depthOf(a.to))) await work(change);
  for (const change of those('folder').sort((a, b) => depthOf(a.to) - depthOf(b.to))) await work(change);
  const files = those('file');
  const next = async () => {
    for (let change = files.pop(); change; change = files.pop()) await work(change);
  };
  await Promise.all(Array.from({ length: COPIES_MAX }, next));
}

function kindToBe({ from }: FileChange): 'none' | 'folder' | 'file' {
  const facts = from === undefined ? undefined : fileFacts(from);
  if (!facts) return 'none';
  return facts.kind === 'folder' ? 'folder' : 'file';
}

function depthOf(path: string): number {
  return path.split('/').length;
}

/** The folder is looked up inside the container; a link in the last part is replaced, not followed. */
function placeIn(root: string, path: string): string {
  const asked = path.replace(/\/+$/, '') || '/';
  const cut = asked.lastIndexOf('/');
  const name = asked.slice(cut + 1);
  if (name === '' || name === '.' || name === '..') return pathInRoot(root, asked);
  return `${pathInRoot(root, asked.slice(0, cut))}/${name}`;
}
