import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Header, type Pack } from 'tar-stream';
import { readChunks, symlinkTarget } from '../host/file-chunks.ts';
import { hasXattr } from '../host/file-nodes.ts';
import { fileFacts, listFolder, type FileFacts } from '../host/files-now.ts';
import { isWhiteout } from './folder-changes.ts';

/** The tar of a layer that has what an overlay's upper folder has; removals as `.wh.` files (OCI image-spec, layer.md). */
export function folderLayer(upper: string, isHidden: (path: string) => boolean): AsyncIterable<Uint8Array> {
  const tar = pack();
  writeFolder({ tar, upper, isHidden, inodes: new Map() }, '').then(
    () => tar.finalize(),
    (error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  // Streamx streams can be iterated; their types do not say so.
  return tar as unknown as AsyncIterable<Uint8Array>;
}

interface Writing {
  readonly tar: Pack;
  readonly upper: string;
  readonly isHidden: (path: string) => boolean;
  /** Inode → the first name of a file. */
  readonly inodes: Map<bigint, string>;
}

async function writeFolder(writing: Writing, folder: string): Promise<void> {
  const { tar, upper, isHidden } = writing;
  for (const name of listFolder(upper + folder).sort()) {
    const path = `${folder}/${name}`;
    const facts = fileFacts(upper + path);
    if (!facts || isHidden(path)) continue;
    if (isWhiteout(facts)) tar.entry({ name: `${folder}/.wh.${name}`.slice(1), mtime: new Date(0) }, '');
    else await writeNode(writing, path, facts);
  }
}

async function writeNode(writing: Writing, path: string, facts: FileFacts): Promise<void> {
  const { tar, upper, inodes } = writing;
  const header: Partial<Header> & { name: string } = {
    name: path.slice(1),
    mode: facts.mode,
    uid: facts.uid,
    gid: facts.gid,
    mtime: new Date(Number(facts.modifiedNs / 1_000_000n)),
  };
  switch (facts.kind) {
    case 'folder':
      tar.entry({ ...header, name: `${header.name}/`, type: 'directory' });
      if (hasXattr(Buffer.from(upper + path), 'trusted.overlay.opaque'))
        tar.entry({ name: `${header.name}/.wh..wh..opq`, mtime: new Date(0) }, '');
      return writeFolder(writing, path);
    case 'link':
      tar.entry({ ...header, type: 'symlink', linkname: symlinkTarget(upper + path) ?? '' });
      return;
    case 'character-device':
    case 'block-device':
      tar.entry({ ...header, type: facts.kind, devmajor: facts.major, devminor: facts.minor });
      return;
    case 'pipe':
      tar.entry({ ...header, type: 'fifo' });
      return;
    case 'file': {
      const first = inodes.get(facts.inode);
      if (first !== undefined) {
        tar.entry({ ...header, type: 'link', linkname: first });
        return;
      }
      inodes.set(facts.inode, header.name);
      await pipeline(
        Readable.from(readChunks(upper + path)),
        tar.entry({ ...header, type: 'file', size: facts.size }),
      );
      return;
    }
    case 'other':
  }
}
