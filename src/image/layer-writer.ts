import {
  kindOf,
  makeFolderNode,
  makeHardLink,
  makeSpecial,
  makeSymlink,
  NewFile,
  readSymlink,
  removeNode,
  setModifiedTime,
  setOwnerAndMode,
  setXattr,
} from '../host/file-nodes.ts';
import { layerEntryInvalid, layerPathEscapes } from './errors.ts';
import type { TarEntry } from './tar-reader.ts';

/** Reads data of the current entry, at most `length` bytes; empty at its end. */
export type ReadData = (length?: number) => Promise<Buffer>;

/**
 * Writes the entries of one layer below a folder, in the form that overlayfs wants (a whiteout is a character device
 * 0:0, an opaque folder has an attribute). Nothing is ever written outside of the folder: every part of a path is
 * looked at before it is passed, and a symbolic link on the way is followed inside of the folder only, to what the
 * layer itself has put there. That is safe because nobody else can write to the folder, which is private.
 */
export class LayerWriter {
  readonly #root: Buffer;
  readonly #tree: FolderNode = { children: new Map(), mtimeSeconds: undefined };

  constructor(root: string) {
    this.#root = Buffer.from(`${root}/`);
  }

  async write(entry: TarEntry, read: ReadData): Promise<void> {
    const parts = partsOf(entry.name, entry.name);
    const base = parts.at(-1);
    if (base === undefined) {
      this.#writeRoot(entry);
      return;
    }
    const parent = this.#folderFor(parts.slice(0, -1), entry.name);
    if (base.startsWith('.wh.')) this.#whiteOut(parent, base, entry);
    else if (entry.type === 'folder') this.#writeFolder(parent, base, entry);
    else await this.#writeNode({ parent, base, entry }, read);
  }

  /** Gives the folders their times, which every entry made below them had changed. */
  finish(): void {
    const pending: { node: FolderNode; path: string }[] = [{ node: this.#tree, path: '' }];
    for (let next = pending.pop(); next; next = pending.pop()) {
      const { node, path } = next;
      if (node.mtimeSeconds !== undefined) setModifiedTime(this.#bytes(path), node.mtimeSeconds);
      for (const [name, child] of node.children) pending.push({ node: child, path: joined(path, name) });
    }
  }

  #writeRoot(entry: TarEntry): void {
    if (entry.type !== 'folder') throw layerEntryInvalid(entry.name, 'would replace the root folder');
    this.#tree.mtimeSeconds = entry.mtimeSeconds;
    this.#setMetadata('', entry);
  }

  #writeFolder(parent: Place, base: string, entry: TarEntry): void {
    const folder = this.#enter(parent, base, { entry: entry.name, replace: true });
    folder.node.mtimeSeconds = entry.mtimeSeconds;
    this.#setMetadata(folder.path, entry);
  }

  async #writeNode(at: { parent: Place; base: string; entry: TarEntry }, read: ReadData): Promise<void> {
    const { parent, base, entry } = at;
    const path = joined(parent.path, base);
    const bytes = this.#bytes(path);
    const source = entry.type === 'hard-link' ? this.#linkSource(entry, path) : undefined;
    const kind = kindOf(bytes);
    if (kind !== undefined) removeNode(bytes, kind);
    parent.node.children.delete(base);
    switch (entry.type) {
      case 'file':
        await writeFile(bytes, entry, read);
        return;
      case 'hard-link':
        if (source) makeHardLink(source, bytes);
        return;
      case 'symlink':
        makeSymlink(Buffer.from(entry.linkName, 'latin1'), bytes);
        break;
      case 'character':
      case 'block':
      case 'fifo':
        makeSpecial(bytes, { kind: entry.type, major: entry.major, minor: entry.minor });
        break;
      default:
        throw layerEntryInvalid(entry.name, `is of an unknown kind: ${entry.type}`);
    }
    this.#setMetadata(path, entry);
    setModifiedTime(bytes, entry.mtimeSeconds);
  }

  /** The target of a hard link is a path in the layer, and must be there; undefined when it is the entry itself. */
  #linkSource(entry: TarEntry, path: string): Buffer | undefined {
    const parts = partsOf(entry.linkName, entry.name);
    const base = parts.at(-1);
    if (base === undefined) throw layerEntryInvalid(entry.name, 'is a hard link to the root folder');
    const folder = this.#folderFor(parts.slice(0, -1), entry.name, { mustExist: true });
    const source = joined(folder.path, base);
    if (source === path) throw layerEntryInvalid(entry.name, 'is a hard link to itself');
    const kind = kindOf(this.#bytes(source));
    if (kind === undefined) {
      throw layerEntryInvalid(entry.name, `is a hard link to ${entry.linkName}, which is not in the layer`);
    }
    if (kind === 'folder')
      throw layerEntryInvalid(entry.name, `is a hard link to a folder, ${entry.linkName}`);
    return this.#bytes(source);
  }

  /** `.wh.x` hides `x` of the layers below; `.wh..wh..opq` hides all that they have in this folder. */
  #whiteOut(parent: Place, base: string, entry: TarEntry): void {
    if (base === OPAQUE_MARK) this.#makeOpaque(parent.path);
    // Other names with this start were bookkeeping of aufs.
    if (base.startsWith('.wh..wh.')) return;
    const hidden = base.slice('.wh.'.length);
    if (hidden === '' || hidden === '.' || hidden === '..') {
      throw layerPathEscapes(entry.name, 'is a whiteout of no name');
    }
    const path = joined(parent.path, hidden);
    const kind = kindOf(this.#bytes(path));
    // A whiteout is about the layers below: what this layer itself has under the name stays.
    if (kind === 'folder') this.#makeOpaque(path);
    if (kind === undefined) makeSpecial(this.#bytes(path), { kind: 'character', major: 0, minor: 0 });
  }

  #makeOpaque(path: string): void {
    setXattr(this.#bytes(path), OPAQUE_ATTRIBUTE, Buffer.from('y'));
  }

  /** The folder that `parts` name, made where it is missing. Links are followed inside of the layer. */
  #folderFor(parts: readonly string[], entry: string, options: { mustExist?: boolean } = {}): Place {
    const pending: Step[] = parts.map((name) => ({ name, mustExist: options.mustExist === true })).reverse();
    const trail: Place[] = [{ path: '', node: this.#tree }];
    let links = 0;
    for (let step = pending.pop(); step; step = pending.pop()) {
      if (step.name === '..') {
        trail.pop();
        if (trail.length === 0)
          throw layerPathEscapes(entry, 'goes through a link that leads out of the layer');
        continue;
      }
      const here = lastOf(trail);
      const target = this.#linkAt(here, step.name);
      if (target === undefined) {
        trail.push(this.#enter(here, step.name, { entry, replace: false, mustExist: step.mustExist }));
        continue;
      }
      links += 1;
      if (links > MAX_LINKS) throw layerPathEscapes(entry, 'goes through too many links');
      if (target.startsWith('/')) trail.length = 1;
      const names = target.split('/').filter((name) => name !== '' && name !== '.');
      pending.push(...names.map((name) => ({ name, mustExist: true })).reverse());
    }
    return lastOf(trail);
  }

  #linkAt(parent: Place, name: string): string | undefined {
    if (parent.node.children.has(name)) return undefined;
    const path = this.#bytes(joined(parent.path, name));
    return kindOf(path) === 'symlink' ? readSymlink(path).toString('latin1') : undefined;
  }

  /** The folder `name` in `parent`; `replace`: the entry is this folder, so that another kind of node gives way. */
  #enter(
    parent: Place,
    name: string,
    options: { entry: string; replace: boolean; mustExist?: boolean },
  ): Place {
    const path = joined(parent.path, name);
    const known = parent.node.children.get(name);
    if (known) return { path, node: known };
    const bytes = this.#bytes(path);
    const kind = kindOf(bytes);
    if (kind !== 'folder') this.#makeFolder({ bytes, path, kind }, options);
    const node: FolderNode = { children: new Map(), mtimeSeconds: undefined };
    parent.node.children.set(name, node);
    return { path, node };
  }

  #makeFolder(
    at: { bytes: Buffer; path: string; kind: ReturnType<typeof kindOf> },
    options: { entry: string; replace: boolean; mustExist?: boolean },
  ): void {
    const { bytes, path, kind } = at;
    if (options.mustExist) {
      throw layerPathEscapes(
        options.entry,
        `goes through a link to ${path}, which is no folder of this layer`,
      );
    }
    const gives = kind === 'whiteout' || options.replace;
    if (kind !== undefined && !gives) {
      throw layerEntryInvalid(options.entry, `lies below ${path}, which is not a folder`);
    }
    if (kind !== undefined) removeNode(bytes, kind);
    makeFolderNode(bytes);
    // The whiteout had hidden a folder of that name below; so must the new one.
    if (kind === 'whiteout') this.#makeOpaque(path);
  }

  #setMetadata(path: string, entry: TarEntry): void {
    const bytes = this.#bytes(path);
    setOwnerAndMode(bytes, ownerOf(entry), entry.type === 'symlink' ? undefined : entry.mode);
    setXattrs(bytes, entry);
  }

  #bytes(path: string): Buffer {
    return Buffer.concat([this.#root, Buffer.from(path, 'latin1')]);
  }
}

/** A folder that this layer has; kept so that a path is looked at once. */
interface FolderNode {
  readonly children: Map<string, FolderNode>;
  mtimeSeconds: number | undefined;
}

interface Place {
  /** Below the root, no leading slash. */
  readonly path: string;
  readonly node: FolderNode;
}

interface Step {
  readonly name: string;
  /** It came from a link: what it names must be there. */
  readonly mustExist: boolean;
}

const OPAQUE_MARK = '.wh..wh..opq';
const OPAQUE_ATTRIBUTE = 'trusted.overlay.opaque';
const MAX_LINKS = 40;
const MAX_ID = 0xfffffffe;
const MAX_PATH_BYTES = 3500;

/** The parts of a path in an archive. A leading slash means the layer's own root, as for tar itself. */
function partsOf(path: string, entry: string): string[] {
  if (path.includes('\0')) throw layerEntryInvalid(entry, 'has a zero byte in its name');
  if (path.length > MAX_PATH_BYTES)
    throw layerEntryInvalid(entry, `has a path of over ${MAX_PATH_BYTES} bytes`);
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw layerPathEscapes(entry, 'has ".." in its path');
  if (parts.length === 0 && !/[./]/.test(path)) throw layerEntryInvalid(entry, 'has an empty path');
  return parts;
}

async function writeFile(path: Buffer, entry: TarEntry, read: ReadData): Promise<void> {
  const file = new NewFile(path);
  try {
    if (entry.extents) await writeExtents(file, entry, read);
    else for (let data = await read(); data.length > 0; data = await read()) file.write(data);
    file.setMetadata({ ...ownerOf(entry), mode: entry.mode, mtimeSeconds: entry.mtimeSeconds });
    setXattrs(path, entry);
  } finally {
    file.close();
  }
}

async function writeExtents(file: NewFile, entry: TarEntry, read: ReadData): Promise<void> {
  for (const { offset, length } of entry.extents ?? []) {
    for (let done = 0; done < length;) {
      const data = await read(length - done);
      if (data.length === 0)
        throw layerEntryInvalid(entry.name, 'is sparse and has less data than its map says');
      file.write(data, offset + done);
      done += data.length;
    }
  }
  file.truncate(entry.sizeBytes);
}

function ownerOf(entry: TarEntry): { uid: number; gid: number } {
  for (const id of [entry.uid, entry.gid]) {
    if (!Number.isInteger(id) || id < 0 || id > MAX_ID)
      throw layerEntryInvalid(entry.name, 'has an impossible owner');
  }
  return { uid: entry.uid, gid: entry.gid };
}

function setXattrs(path: Buffer, entry: TarEntry): void {
  for (const [name, value] of entry.xattrs) {
    if (NOT_FROM_ARCHIVES.test(name)) continue;
    try {
      setXattr(path, name, value);
    } catch (error) {
      // A filesystem without such attributes (tmpfs knows no user.*) takes the file without them.
      if (!(error instanceof Error && 'code' in error && error.code === 'EOPNOTSUPP')) throw error;
    }
  }
}

/** Attributes that steer overlayfs (where a folder's content comes from) or this machine's own security policy. */
const NOT_FROM_ARCHIVES = /^(trusted\.|user\.overlay\.|security\.(selinux|ima|evm|apparmor)$)/;

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}

function lastOf<T>(list: readonly T[]): T {
  const last = list.at(-1);
  if (last === undefined) throw new Error('a path has left its root unseen');
  return last;
}
