import { setOwnerAndMode, setXattr } from '../../host/file-nodes.ts';
import { makeFolderNow } from '../../host/files.ts';
import { fileFacts } from '../../host/files-now.ts';

/**
 * Options of an overlay over the machine's own root in which some folders are empty. `scratch` is a path on a memory
 * file system of the caller's mount namespace: not on the file system of the root, as overlayfs wants its folders
 * apart.
 */
export function overlayOptions(about: { scratch: string; hiddenPaths: readonly string[] }): string {
  const [upper, work] = [`${about.scratch}/upper`, `${about.scratch}/work`];
  makeFolderNow(upper, 0o755);
  makeFolderNow(work, 0o700);
  for (const path of about.hiddenPaths) {
    if (!makeLike(upper, path)) continue;
    setXattr(Buffer.from(upper + path), 'trusted.overlay.opaque', Buffer.from('y'));
  }
  return `lowerdir=/,upperdir=${upper},workdir=${work},index=off,metacopy=off`;
}

/** Makes a folder and those above it with the owners and modes that they have; false where the path leads nowhere. */
function makeLike(upper: string, path: string): boolean {
  let made = '';
  for (const part of path.split('/').filter((one) => one !== '')) {
    made += `/${part}`;
    const facts = fileFacts(made);
    if (facts?.kind !== 'folder') return false;
    makeFolderNow(upper + made, 0o755);
    setOwnerAndMode(Buffer.from(upper + made), facts, facts.mode);
  }
  return made !== '';
}
