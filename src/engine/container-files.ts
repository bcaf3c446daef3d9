import { fileFacts } from '../host/file-chunks.ts';
import { ownerOfFolder, placeCopy, removeCopy, type FolderOwner, type Placed } from '../host/place-file.ts';
import { pathInRoot } from '../host/rooted-path.ts';
import type { FileChange, FileChangeResult } from '../model/engine.ts';
import { withRoot } from './container-archive.ts';
import type { Core } from './core.ts';

/** Small files that are copied in one go, before anything else of the engine has its turn. */
const COPIES_IN_A_ROW = 32;

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
    const folders = new Folders(root);
    const one = async ({ from, to }: FileChange, kind: Kind) => {
      try {
        if (kind === 'file' && from !== undefined) {
          const { path, owner, name } = folders.placeOf(to);
          counts[await placeCopy(from, `${path}/${name}`, owner)] += 1;
          return;
        }
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

type Kind = 'none' | 'folder' | 'file';

/** Folders that files are put into: each is looked up in the container once, however many files go there. */
class Folders {
  readonly #root: string;
  readonly #known = new Map<string, { readonly path: string; readonly owner: FolderOwner }>();

  constructor(root: string) {
    this.#root = root;
  }

  placeOf(to: string): { path: string; owner: FolderOwner; name: string } {
    const place = to.replace(/\/+$/, '');
    const cut = place.lastIndexOf('/');
    const name = place.slice(cut + 1);
    if (name === '' || name === '.' || name === '..') throw new Error(`a file can not be put at ${to}`);
    const asked = place.slice(0, cut);
    const known = this.#known.get(asked);
    if (known) return { ...known, name };
    const path = pathInRoot(this.#root, asked);
    const folder = { path, owner: ownerOfFolder(path) };
    this.#known.set(asked, folder);
    return { ...folder, name };
  }
}

/** What is removed goes from the inside out; then folders are made from the outside in, and files put into them. */
async function inOrderOfDepth(
  changes: readonly FileChange[],
  work: (change: FileChange, kind: Kind) => Promise<void>,
): Promise<void> {
  const kinds = changes.map((change) => ({ change, kind: kindToBe(change) }));
  const those = (wanted: Kind) => kinds.flatMap(({ change, kind }) => (kind === wanted ? [change] : []));
  const withKind = (kind: Kind, some: readonly FileChange[]) => some.map((change) => ({ change, kind }));
  const inOrder = [
    ...withKind(
      'none',
      those('none').sort((a, b) => depthOf(b.to) - depthOf(a.to)),
    ),
    ...withKind(
      'folder',
      those('folder').sort((a, b) => depthOf(a.to) - depthOf(b.to)),
    ),
    ...withKind('file', those('file')),
  ];
  for (const [index, { change, kind }] of inOrder.entries()) {
    await work(change, kind);
    if (index % COPIES_IN_A_ROW === COPIES_IN_A_ROW - 1) await othersTurn();
  }
}

function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function kindToBe({ from }: FileChange): Kind {
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
