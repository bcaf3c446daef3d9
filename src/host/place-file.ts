import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  type Stats,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isErrno } from './kernel.ts';

/**
 * Calls are made at once, on the calling thread: a small file takes microseconds, a trip through the thread pool ten
 * times that. Larger ones are copied on the pool.
 */
const SMALL_BYTES = 1 << 20;

export type Placed = 'written' | 'same' | 'removed' | 'absent';

/**
 * Puts a copy of the file, link or folder `from` at `to`: a reader sees the old one or the new one. Mode and time are
 * kept; the owner is that of what it replaces, or of the folder it lies in. Of a folder only itself is made. A copy that
 * is there already is left alone. When `from` is not there, `to` goes. `folder`: that of `to`, where it is known already.
 * Throws Node's own errors.
 */
export async function placeCopy(from: string, to: string, folder?: FolderOwner): Promise<Placed> {
  const facts = factsOf(from);
  if (!facts) return removeCopy(to);
  const parent = folder ?? ownerOfFolder(dirname(to));
  const existing = factsOf(to);
  if (existing && isSame(facts, existing)) return 'same';
  const owner = existing ?? parent;
  if (facts.isDirectory()) placeFolder(to, { facts, existing, owner });
  else {
    if (existing?.isDirectory()) rmSync(to, { recursive: true });
    await placeNode(from, to, { facts, owner });
  }
  return 'written';
}

/** Removes a file; a folder only when nothing but what was copied is left in it, that is: when it is empty. */
export function removeCopy(path: string): Placed {
  const facts = factsOf(path);
  if (!facts) return 'absent';
  try {
    if (facts.isDirectory()) rmdirSync(path);
    else unlinkSync(path);
    return 'removed';
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTEMPTY')) return 'absent';
    throw error;
  }
}

/** Who owns a folder that is there: what is new in it gets the same owner. */
export interface FolderOwner {
  readonly uid: number;
  readonly gid: number;
}

/** Makes a folder with those above it, where they are missing, and says whose it is. */
export function ownerOfFolder(path: string): FolderOwner {
  makeParents(path);
  const { uid, gid } = lstatSync(path);
  return { uid, gid };
}

function factsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

function isSame(one: Stats, other: Stats): boolean {
  if (one.mode !== other.mode) return false;
  if (one.isDirectory()) return true;
  return one.size === other.size && Math.abs(one.mtimeMs - other.mtimeMs) < 0.002;
}

function makeParents(folder: string): void {
  if (factsOf(folder)) return;
  makeParents(dirname(folder));
  const { uid, gid } = lstatSync(dirname(folder));
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  lchownSync(folder, uid, gid);
}

function placeFolder(
  path: string,
  { facts, existing, owner }: { facts: Stats; existing: Stats | undefined; owner: FolderOwner },
): void {
  if (existing && !existing.isDirectory()) unlinkSync(path);
  if (!existing?.isDirectory()) {
    mkdirSync(path);
    lchownSync(path, owner.uid, owner.gid);
  }
  chmodSync(path, facts.mode & 0o7777);
}

async function placeNode(
  from: string,
  to: string,
  { facts, owner }: { facts: Stats; owner: FolderOwner },
): Promise<void> {
  const beside = `${dirname(to)}/.berth-${randomBytes(6).toString('hex')}`;
  try {
    if (facts.isSymbolicLink()) symlinkSync(readlinkSync(from), beside);
    else if (facts.size <= SMALL_BYTES) copyFileSync(from, beside, constants.COPYFILE_FICLONE);
    else await copyFile(from, beside, constants.COPYFILE_FICLONE);
    if (!isOwn(owner)) {
      lchownSync(beside, owner.uid, owner.gid);
      // A change of the owner takes setuid away.
      if (!facts.isSymbolicLink()) chmodSync(beside, facts.mode & 0o7777);
    }
    setTimes(beside, facts);
    renameSync(beside, to);
  } catch (error) {
    rmSync(beside, { force: true });
    if (!isErrno(error, 'EBUSY')) throw error;
    // A file that is itself a mount can not be replaced, only written.
    await copyFile(from, to);
    setTimes(to, facts);
  }
}

/** What this process makes belongs to it already, and a copy has the mode of its source. */
function isOwn({ uid, gid }: FolderOwner): boolean {
  return uid === process.getuid?.() && gid === process.getgid?.();
}

function setTimes(path: string, { atimeMs, mtimeMs }: Stats): void {
  lutimesSync(path, atimeMs / 1000, mtimeMs / 1000);
}
