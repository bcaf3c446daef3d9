import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HostError } from '../model/errors.ts';
import { isErrno } from './kernel.ts';

/**
 * Replaces the file as a whole: written beside it under a temporary name, then renamed, so that a reader sees the
 * old text or the new one. `durable` also waits for the disk, so that the file outlives a power cut.
 */
export async function writeFileAtomic(
  path: string,
  text: string | Buffer,
  options: { readonly mode?: number; readonly durable?: boolean } = {},
): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', options.mode ?? 0o644);
    try {
      await file.writeFile(text);
      if (options.mode !== undefined) await file.chmod(options.mode);
      if (options.durable) await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    if (options.durable) await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * The value in a JSON file; undefined when there is no such file. `accepts` tells whether the value is what is wanted;
 * without it the file is trusted. Throws HostError HOST_FILE_DAMAGED.
 */
export function readJson<T>(
  path: string,
  accepts: (value: unknown) => value is T = (value): value is T => value !== undefined,
): T | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  const value = parseJson(path, text);
  if (accepts(value)) return value;
  throw damaged(path, 'does not hold what it should');
}

/** A file's text; undefined when there is no such file. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Removes a file or a folder with all below it. Absence is no error. Does not look whether something is mounted there. */
export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

/** Makes a folder and those above it; an existing one is left as it is. */
export async function makeFolder(path: string, mode = 0o755): Promise<void> {
  await mkdir(path, { recursive: true, mode });
}

/** As `makeFolder`, at once. */
export function makeFolderNow(path: string, mode = 0o755): void {
  mkdirSync(path, { recursive: true, mode });
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(path, 'is not valid JSON', error);
  }
}

function damaged(path: string, what: string, cause?: unknown): HostError {
  return new HostError('HOST_FILE_DAMAGED', `${path} ${what}`, {
    hint: 'Berth writes this file as a whole, so something else changed it. Restore it, or remove it and what it names.',
    cause,
  });
}

/** A rename is on disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
