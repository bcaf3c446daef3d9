import { fileFacts, listFolder } from '../host/files-now.ts';

export interface FolderChange {
  /** As the container sees it. */
  readonly path: string;
  readonly kind: 'changed' | 'added' | 'deleted';
}

/** What an overlay's upper folder changes of what lies below it: `lowers`, highest first. */
export function folderChanges(
  upper: string,
  lowers: readonly string[],
  isHidden: (path: string) => boolean,
): FolderChange[] {
  const found: FolderChange[] = [];
  const visit = (folder: string): void => {
    for (const name of listFolder(upper + folder).sort()) {
      const path = `${folder}/${name}`;
      const facts = fileFacts(upper + path);
      if (!facts || isHidden(path)) continue;
      if (isWhiteout(facts)) {
        found.push({ path, kind: 'deleted' });
        continue;
      }
      found.push({ path, kind: isBelow(lowers, path) ? 'changed' : 'added' });
      if (facts.kind === 'folder') visit(path);
    }
  };
  visit('');
  return found;
}

/** What stands for a file that is gone: overlayfs' character device 0:0. */
export function isWhiteout(facts: { kind: string; major: number; minor: number }): boolean {
  return facts.kind === 'character-device' && facts.major === 0 && facts.minor === 0;
}

function isBelow(lowers: readonly string[], path: string): boolean {
  for (const lower of lowers) {
    const facts = fileFacts((lower === '/' ? '' : lower) + path);
    if (facts) return !isWhiteout(facts);
  }
  return false;
}
