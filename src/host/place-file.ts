import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import {
  chmod,
  copyFile,
  lchown,
  lstat,
  lutimes,
  mkdir,
  readlink,
  rename,
  rm,
  rmdir,
  symlink,
  unlink,
  utimes,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { isErrno } from './kernel.ts';

export type Placed = 'written' | 'same' | 'removed' | 'absent';

/**
 * Puts a copy of the file, link or folder `from` at `to`: a reader sees the old one or the new one. Mode and time are
 * kept; the owner is that of what it replaces, or of the folder it lies in. Of a folder only itself is made. A copy that
 * is there already is left alone. When `from` is not there, `to` goes. Throws Node's own errors.
 */
export async function placeCopy(from: string, to: string): Promise<Placed> {
  const facts = await factsOf(from);
  if (!facts) return removeCopy(to);
  await makeParents(dirname(to));
  const existing = await factsOf(to);
  if (existing && isSame(facts, existing)) return 'same';
  const owner = existing ?? (await lstat(dirname(to)));
  if (facts.isDirectory()) await placeFolder(to, { facts, existing, owner });
  else {
    if (existing?.isDirectory()) await rm(to, { recursive: true });
    await placeNode(from, to, { facts, owner });
  }
  return 'written';
}

/** Removes a file; a folder only when nothing but what was copied is left in it, that is: when it is empty. */
export async function removeCopy(path: string): Promise<Placed> {
  const facts = await factsOf(path);
  if (!facts) return 'absent';
  try {
    await (facts.isDirectory() ? rmdir(path) : unlink(path));
    return 'removed';
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTEMPTY')) return 'absent';
    throw error;
  }
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

async function factsOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

function isSame(one: Stats, other: Stats): boolean {
  if (one.mode !== other.mode) return false;
  if (one.isDirectory()) return true;
  return one.size === other.size && Math.abs(one.mtimeMs - other.mtimeMs) < 0.002;
}

async function makeParents(folder: string): Promise<void> {
  if (await factsOf(folder)) return;
  await makeParents(dirname(folder));
  const { uid, gid } = await lstat(dirname(folder));
  try {
    await mkdir(folder);
    await chmod(folder, 0o755);
    await lchown(folder, uid, gid);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}

async function placeFolder(
  path: string,
  { facts, existing, owner }: { facts: Stats; existing: Stats | undefined; owner: Owner },
): Promise<void> {
  if (existing && !existing.isDirectory()) await unlink(path);
  if (!existing?.isDirectory()) {
    await mkdir(path);
    await lchown(path, owner.uid, owner.gid);
  }
  await chmod(path, facts.mode & 0o7777);
}

async function placeNode(
  from: string,
  to: string,
  { facts, owner }: { facts: Stats; owner: Owner },
): Promise<void> {
  const beside = `${dirname(to)}/.berth-${randomBytes(6).toString('hex')}`;
  try {
    if (facts.isSymbolicLink()) await symlink(await readlink(from), beside);
    else await copyFile(from, beside, constants.COPYFILE_FICLONE);
    await lchown(beside, owner.uid, owner.gid);
    if (!facts.isSymbolicLink()) await chmod(beside, facts.mode & 0o7777);
    await setTimes(beside, facts);
    await rename(beside, to);
  } catch (error) {
    await rm(beside, { force: true });
    if (!isErrno(error, 'EBUSY')) throw error;
    // A file that is itself a mount can not be replaced, only written.
    await copyFile(from, to);
    await setTimes(to, facts);
  }
}

async function setTimes(path: string, { atimeMs, mtimeMs, ...facts }: Stats): Promise<void> {
  const set = (facts.mode & constants.S_IFMT) === constants.S_IFLNK ? lutimes : utimes;
  await set(path, atimeMs / 1000, mtimeMs / 1000);
}
