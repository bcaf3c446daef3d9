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
      const isOld = isBelow(lowers, path);
      if (isOld && facts.kind === 'folder' && holdsOnlyHidden(upper, path, isHidden)) continue;
      found.push({ path, kind: isOld ? 'changed' : 'added' });
      if (facts.kind === 'folder') visit(path);
    }
  };
  visit('');
  return found;
}

/** A folder that is here only because something hidden was put into it. */
function holdsOnlyHidden(upper: string, folder: string, isHidden: (path: string) => boolean): boolean {
  const names = listFolder(upper + folder);
  return names.length > 0 && names.every((name) => isHidden(`${folder}/${name}`));
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
