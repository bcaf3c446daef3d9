import { basename, dirname } from 'node:path';
import { watchFolder, type FolderWatch } from '../host/folder-watch.ts';
import { fileFacts } from '../host/files-now.ts';
import { linkNow, renameNow } from '../host/file-names.ts';
import { ReadableFile } from '../host/readable-file.ts';
import { countEntries, tailOffset } from './log-tail.ts';

/**
 * Keeps what conmon throws away when a log reaches its size: it puts an empty file in the place of the full one. A
 * second name holds on to the full one, which then becomes `<log>.1`, the one before it `<log>.2`, and so on.
 */
export class LogKeeper {
  readonly #path: string;
  readonly #files: number;
  readonly #watch: FolderWatch;

  /** `files`: how many there may be, with the one that is written. */
  constructor({ path, files }: { readonly path: string; readonly files: number }) {
    this.#path = path;
    this.#files = files;
    this.#watch = watchFolder(dirname(path), (name, kind) => {
      if (kind === 'rename' && name === basename(path)) this.#settle();
    });
    this.#settle();
  }

  close(): void {
    this.#watch.close();
    this.#settle();
  }

  #settle(): void {
    const held = heldName(this.#path);
    const [now, before] = [fileFacts(this.#path), fileFacts(held)];
    if (now === undefined || now.inode === before?.inode) return;
    if (before) {
      for (let number = this.#files - 2; number > 0; number -= 1)
        renameNow(olderName(this.#path, number), olderName(this.#path, number + 1));
      renameNow(held, olderName(this.#path, 1));
    }
    linkNow(this.#path, held);
  }
}

/** Where to begin in the older files of a log, oldest first, and in the one that is written. */
export interface LogFiles {
  readonly older: readonly { readonly file: ReadableFile; readonly offset: number }[];
  readonly newest: { readonly file: ReadableFile | undefined; readonly offset: number };
}

/** Opens all files of a log, so that none is missed that is renamed meanwhile. `tail`: only the last so many lines. */
export async function openLog(path: string, tail: number | undefined): Promise<LogFiles> {
  const files: ReadableFile[] = [];
  const newest = await ReadableFile.open(path);
  const names = [heldName(path)];
  for (let number = 1; number <= OLDER_FILES_MAX; number += 1) names.push(olderName(path, number));
  for (const [index, name] of names.entries()) {
    const file = await ReadableFile.open(name);
    if (file === undefined && index > 0) break;
    if (file === undefined) continue;
    if ([newest, ...files].some((one) => one?.isSame(file))) await file.close();
    else files.push(file);
  }
  if (tail === undefined)
    return {
      older: files.toReversed().map((file) => ({ file, offset: 0 })),
      newest: { file: newest, offset: 0 },
    };
  const offset = newest ? await tailOffset(newest, tail) : 0;
  let missing = tail - (newest && tail > 0 ? await countEntries(newest, offset) : 0);
  const older: LogFiles['older'][number][] = [];
  for (const file of files) {
    const from = await tailOffset(file, missing);
    if (missing > 0) missing -= await countEntries(file, from);
    older.unshift({ file, offset: from });
  }
  return { older, newest: { file: newest, offset } };
}

const OLDER_FILES_MAX = 1000;

function heldName(path: string): string {
  return `${path}.now`;
}

function olderName(path: string, number: number): string {
  return `${path}.${number}`;
}
