import { createRequire } from 'node:module';
import type * as koffiModule from 'koffi';
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  futimesSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';

/**
 * Nodes of a file tree, made one by one as an archive names them. Paths are buffers: a Linux file name is bytes, not
 * text. Nothing here follows a symbolic link in the last part of a path. All calls are synchronous, because a node
 * takes microseconds to make and a trip through the thread pool ten times that. They throw Node's own errors
 * (`code`, `path`).
 */
export type NodeKind = 'folder' | 'symlink' | 'whiteout' | 'other';

/** What stands at `path`; undefined when nothing does. A whiteout is overlayfs' character device 0:0. */
export function kindOf(path: Buffer): NodeKind | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return undefined;
  if (stats.isDirectory()) return 'folder';
  if (stats.isSymbolicLink()) return 'symlink';
  return stats.isCharacterDevice() && stats.rdev === 0 ? 'whiteout' : 'other';
}

/** With mode 0755, whatever the umask. */
export function makeFolderNode(path: Buffer): void {
  mkdirSync(path);
  chmodSync(path, 0o755);
}

export function removeNode(path: Buffer, kind: NodeKind): void {
  if (kind === 'folder') rmSync(path, { recursive: true, force: true });
  else unlinkSync(path);
}

export function makeSymlink(target: Buffer, path: Buffer): void {
  symlinkSync(target, path);
}

export function readSymlink(path: Buffer): Buffer {
  return readlinkSync(path, { encoding: 'buffer' });
}

/** A further name for the node at `existing`, also when that is a symbolic link. */
export function makeHardLink(existing: Buffer, path: Buffer): void {
  linkSync(existing, path);
}

export type SpecialKind = 'character' | 'block' | 'fifo';

/** A device or a pipe with mode 0600. Device 0:0 of kind `character` is an overlayfs whiteout. */
export function makeSpecial(
  path: Buffer,
  special: { kind: SpecialKind; major: number; minor: number },
): void {
  const type = { character: constants.S_IFCHR, block: constants.S_IFBLK, fifo: constants.S_IFIFO }[
    special.kind
  ];
  const device = special.kind === 'fifo' ? 0n : deviceNumber(special.major, special.minor);
  const result = calls().mknod(terminated(path), type | 0o600, device);
  if (result < 0) throw callError('mknod', path);
}

/** Sets an extended attribute of the node itself. */
export function setXattr(path: Buffer, name: string, value: Buffer): void {
  const result = calls().lsetxattr(terminated(path), name, value, value.length, 0);
  if (result < 0) throw callError('lsetxattr', path);
}

/** Whether the node itself has an extended attribute of that name. */
export function hasXattr(path: Buffer, name: string): boolean {
  return calls().lgetxattr(terminated(path), name, null, 0) >= 0;
}

export interface NodeOwner {
  readonly uid: number;
  readonly gid: number;
}

/** Owner, then mode: a change of owner takes setuid away. Mode is not for symbolic links, which have none. */
export function setOwnerAndMode(path: Buffer, owner: NodeOwner, mode: number | undefined): void {
  lchownSync(path, owner.uid, owner.gid);
  if (mode !== undefined) chmodSync(path, mode);
}

export function setModifiedTime(path: Buffer, seconds: number): void {
  lutimesSync(path, seconds, seconds);
}

/** An open new file; it must not have existed. */
export class NewFile {
  readonly #fd: number;

  constructor(path: Buffer) {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    this.#fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  }

  /** At `position`, or after what was written last. */
  write(data: Uint8Array, position?: number): void {
    for (let done = 0; done < data.length;) {
      const at = position === undefined ? null : position + done;
      done += writeSync(this.#fd, data, done, data.length - done, at);
    }
  }

  truncate(sizeBytes: number): void {
    ftruncateSync(this.#fd, sizeBytes);
  }

  setMetadata(metadata: NodeOwner & { mode: number; mtimeSeconds: number }): void {
    fchownSync(this.#fd, metadata.uid, metadata.gid);
    fchmodSync(this.#fd, metadata.mode);
    futimesSync(this.#fd, metadata.mtimeSeconds, metadata.mtimeSeconds);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Resolves when everything written so far to the filesystem that holds `path` is on the disk. */
export async function syncFilesystem(path: string): Promise<void> {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    const result = await new Promise<number>((resolve, reject) => {
      calls().syncfs.async(fd, (error: Error | null, value: number) => {
        if (error) reject(error);
        else resolve(value);
      });
    });
    if (result < 0) throw callError('syncfs', Buffer.from(path));
  } finally {
    closeSync(fd);
  }
}

/** The kernel's encoding of a device number, as glibc's makedev(3) has it. */
function deviceNumber(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return (
    ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn)
  );
}

function terminated(path: Buffer): Buffer {
  return Buffer.concat([path, Buffer.alloc(1)]);
}

function callError(call: string, path: Buffer): Error {
  const { koffi } = calls();
  const number = koffi.errno();
  const code = Object.entries(koffi.os.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
  const text = path.toString();
  return Object.assign(new Error(`${code}: ${call} '${text}'`), { code, syscall: call, path: text });
}

type Koffi = typeof koffiModule;

interface Calls {
  readonly koffi: Koffi;
  readonly mknod: (path: Buffer, mode: number, device: bigint) => number;
  readonly lgetxattr: (path: Buffer, name: string, value: null, size: number) => number;
  readonly lsetxattr: (path: Buffer, name: string, value: Buffer, size: number, flags: number) => number;
  readonly syncfs: { async: (fd: number, done: (error: Error | null, result: number) => void) => void };
}

let loaded: Calls | undefined;

function calls(): Calls {
  if (loaded) return loaded;
  const koffi = createRequire(import.meta.url)('koffi') as Koffi;
  const program = koffi.load(null);
  loaded = {
    koffi,
    mknod: bindMknod(program),
    lsetxattr: program.func(
      'int lsetxattr(const void *path, const char *name, const void *value, size_t size, int flags)',
    ) as unknown as Calls['lsetxattr'],
    lgetxattr: program.func(
      'int64_t lgetxattr(const void *path, const char *name, void *value, size_t size)',
    ) as unknown as Calls['lgetxattr'],
    syncfs: program.func('int syncfs(int fd)') as unknown as Calls['syncfs'],
  };
  return loaded;
}

/** glibc before 2.33 (Ubuntu 20.04) has mknod only as an inline function around `__xmknod`. */
function bindMknod(program: ReturnType<Koffi['load']>): Calls['mknod'] {
  try {
    return program.func('int mknod(const void *path, unsigned int mode, uint64_t device)');
  } catch {
    const old = program.func(
      'int __xmknod(int version, const void *path, unsigned int mode, const void *device)',
    ) as unknown as (version: number, path: Buffer, mode: number, device: Buffer) => number;
    return (path, mode, device) => {
      const cell = Buffer.alloc(8);
      cell.writeBigUInt64LE(device);
      return old(0, path, mode, cell);
    };
  }
}
