import {
  kindOf,
  makeHardLink,
  makeFolderNode,
  makeSpecial,
  makeSymlink,
  NewFile,
  removeNode,
  setModifiedTime,
  setOwnerAndMode,
} from '../host/file-nodes.ts';
import { pathInRoot } from '../host/rooted-path.ts';
import { decompress, type Bytes } from './decompress.ts';
import { extractionConflict } from './errors.ts';
import { TarReader, type TarEntry } from './tar-reader.ts';

export interface TreeWriteRequest {
  /** A tar, compressed or not. */
  readonly source: Bytes;
  /** The tree that nothing may lead out of. */
  readonly root: string;
  /** Absolute path of a folder inside of the tree. */
  readonly folder: string;
  /** Refuse to put a file where a folder is, and the other way round. */
  readonly keepKinds: boolean;
}

/**
 * Unpacks a tar into a tree that others may have filled: symbolic links on the way are followed inside of the tree
 * only. Owners, modes and times are those of the archive. Throws EngineError ARCHIVE_…, or Node's own errors.
 */
export async function writeTree(request: TreeWriteRequest): Promise<void> {
  const tar = new TarReader(decompress(request.source));
  const folderTimes: { path: Buffer; seconds: number }[] = [];
  try {
    for (let entry = await tar.next(); entry; entry = await tar.next()) {
      const path = placeOf(request, entry.name);
      if (path === undefined) continue;
      makeRoom(request, { path, entry });
      await writeNode(request, { path, entry, tar });
      if (entry.type === 'folder') folderTimes.push({ path, seconds: entry.mtimeSeconds });
    }
    for (const { path, seconds } of folderTimes.reverse()) setModifiedTime(path, seconds);
  } finally {
    await tar.close();
  }
}

/** Undefined for the folder itself. Names are byte strings; Linux takes any bytes, and `latin1` gives them back. */
function placeOf({ root, folder }: TreeWriteRequest, name: string): Buffer | undefined {
  const parts = Buffer.from(name, 'latin1')
    .toString('utf8')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  const base = parts.pop();
  if (base === undefined) return undefined;
  if (base === '..' || parts.includes('..')) throw extractionConflict(name, 'its name leads upwards');
  const parent = pathInRoot(root, [folder, ...parts].join('/'));
  makeParents(root, parent);
  return Buffer.from(`${parent}/${base}`);
}

function makeParents(root: string, folder: string): void {
  if (folder.length <= root.length || kindOf(Buffer.from(folder)) !== undefined) return;
  makeParents(root, folder.slice(0, folder.lastIndexOf('/')));
  makeFolderNode(Buffer.from(folder));
}

function makeRoom({ keepKinds }: TreeWriteRequest, { path, entry }: { path: Buffer; entry: TarEntry }): void {
  const kind = kindOf(path);
  if (kind === undefined) return;
  const bothFolders = kind === 'folder' && entry.type === 'folder';
  if (bothFolders) return;
  if (keepKinds && (kind === 'folder' || entry.type === 'folder')) {
    const reason = kind === 'folder' ? 'a folder stands there' : 'a file stands where it has a folder';
    throw extractionConflict(entry.name, reason);
  }
  removeNode(path, kind);
}

async function writeNode(
  request: TreeWriteRequest,
  { path, entry, tar }: { path: Buffer; entry: TarEntry; tar: TarReader },
): Promise<void> {
  switch (entry.type) {
    case 'file':
      return writeFile(path, entry, tar);
    case 'folder':
      if (kindOf(path) === undefined) makeFolderNode(path);
      break;
    case 'symlink':
      makeSymlink(Buffer.from(entry.linkName, 'latin1'), path);
      setOwnerAndMode(path, entry, undefined);
      setModifiedTime(path, entry.mtimeSeconds);
      return;
    case 'hard-link': {
      const existing = placeOf(request, entry.linkName);
      if (existing) makeHardLink(existing, path);
      return;
    }
    case 'character':
    case 'block':
    case 'fifo':
      makeSpecial(path, { kind: entry.type, major: entry.major, minor: entry.minor });
      break;
    default:
      return;
  }
  setOwnerAndMode(path, entry, entry.mode);
}

async function writeFile(path: Buffer, entry: TarEntry, tar: TarReader): Promise<void> {
  const file = new NewFile(path);
  try {
    if (entry.extents) {
      for (const { offset, length } of entry.extents) {
        for (let done = 0; done < length;) {
          const data = await tar.read(length - done);
          if (data.length === 0) break;
          file.write(data, offset + done);
          done += data.length;
        }
      }
      file.truncate(entry.sizeBytes);
    } else {
      for (let data = await tar.read(); data.length > 0; data = await tar.read()) file.write(data);
    }
    file.setMetadata(entry);
  } finally {
    file.close();
  }
}
