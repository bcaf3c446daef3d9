import { lstatSync, readdirSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { HostError } from '../model/errors.ts';
import { isErrno } from './kernel.ts';

export interface TreeWatchOptions {
  /** Absolute paths without links in them. One that is not there is waited for. */
  readonly roots: readonly string[];
  /** Whether a folder below a root is looked into. */
  readonly wants: (folder: string) => boolean;
  /** Called for each path that was made, changed, or is gone; for a folder also with each path below it. */
  readonly onChange: (path: string) => void;
  /** A folder that can not be read, and why. */
  readonly onUnreadable: (folder: string, reason: string) => void;
}

interface Folder {
  readonly watcher: FSWatcher;
  readonly identity: string;
  readonly files: Set<string>;
  readonly folders: Set<string>;
}

/** The kernel's queue holds 16,384 events; a burst of half as many may have lost some. */
const BURST_EVENTS = 8192;
/** A burst is over after this long without an event. */
const BURST_QUIET_MS = 200;

/**
 * Watches folder trees, one inotify watch a folder, all on one inotify instance. Everything that is there is known by
 * name, so that the end of a folder can be told for each file in it.
 */
export class TreeWatch {
  readonly #options: TreeWatchOptions;
  readonly #folders = new Map<string, Folder>();
  #burst = 0;
  #burstBeganMs = 0;
  #burstTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** Throws HostError WATCH_LIMIT when the kernel has no watch left. */
  constructor(options: TreeWatchOptions) {
    this.#options = options;
    for (const start of new Set(options.roots.map(nearestParent))) this.#add(start, false);
  }

  get folderCount(): number {
    return this.#folders.size;
  }

  /** Files at or below a path. */
  filesBelow(path: string): string[] {
    const folder = this.#folders.get(path);
    if (!folder) return this.#isKnownFile(path) ? [path] : [];
    const below = [...folder.folders].flatMap((name) => this.filesBelow(`${path}/${name}`));
    return [...[...folder.files].map((name) => `${path}/${name}`), ...below];
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#burstTimer);
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  #isKnownFile(path: string): boolean {
    return this.#folders.get(dirname(path))?.files.has(basename(path)) ?? false;
  }

  /** On the way to a root, inside one and wanted, or neither. */
  #enters(folder: string): boolean {
    return this.#options.roots.some((root) => {
      if (isBelow(root, folder)) return true;
      return isBelow(folder, root) && this.#options.wants(folder);
    });
  }

  #add(path: string, isNew: boolean): void {
    if (this.#folders.has(path)) return;
    const facts = lstatSync(path, { throwIfNoEntry: false, bigint: true });
    if (!facts?.isDirectory()) return;
    try {
      const watcher = watchOne(path, (name) => this.#look(path, name));
      const folder = {
        watcher,
        identity: identityOf(facts),
        files: new Set<string>(),
        folders: new Set<string>(),
      };
      this.#folders.set(path, folder);
      for (const entry of readdirSync(path, { withFileTypes: true })) {
        const child = `${path === '/' ? '' : path}/${entry.name}`;
        if (!entry.isDirectory()) folder.files.add(entry.name);
        else if (this.#enters(child)) folder.folders.add(entry.name);
        if (isNew) this.#options.onChange(child);
        if (entry.isDirectory() && this.#enters(child)) this.#add(child, isNew);
      }
    } catch (error) {
      this.#refused(path, error);
    }
  }

  #refused(path: string, error: unknown): void {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return;
    if (isErrno(error, 'EACCES', 'EPERM')) this.#options.onUnreadable(path, 'permission denied');
    else {
      this.close();
      throw isErrno(error, 'ENOSPC', 'EMFILE') ? watchLimit(error, path) : error;
    }
  }

  #look(path: string, name: string): void {
    if (this.#isClosed) return;
    this.#count();
    const folder = this.#folders.get(path);
    if (!folder) return;
    const child = `${path === '/' ? '' : path}/${name}`;
    const facts = lstatSync(child, { throwIfNoEntry: false, bigint: true });
    if (facts?.isDirectory()) this.#lookAtFolder(folder, { child, name, identity: identityOf(facts) });
    else if (facts) {
      if (folder.folders.delete(name)) this.#forget(child);
      folder.files.add(name);
      this.#options.onChange(child);
    } else this.#gone(folder, child, name);
  }

  #lookAtFolder(
    folder: Folder,
    { child, name, identity }: { child: string; name: string; identity: string },
  ): void {
    if (!this.#enters(child)) return;
    folder.files.delete(name);
    if (this.#folders.get(child)?.identity === identity) return;
    this.#forget(child);
    folder.folders.add(name);
    this.#options.onChange(child);
    this.#add(child, true);
  }

  /** What was never there for us was not ours to miss. */
  #gone(folder: Folder, child: string, name: string): void {
    if (folder.files.delete(name)) this.#options.onChange(child);
    if (!folder.folders.delete(name)) return;
    this.#forget(child);
    this.#options.onChange(child);
  }

  #forget(path: string): void {
    const folder = this.#folders.get(path);
    if (!folder) return;
    folder.watcher.close();
    this.#folders.delete(path);
    for (const name of folder.files) this.#options.onChange(`${path}/${name}`);
    for (const name of folder.folders) {
      this.#forget(`${path}/${name}`);
      this.#options.onChange(`${path}/${name}`);
    }
  }

  #count(): void {
    if (this.#burst === 0) this.#burstBeganMs = Date.now();
    this.#burst += 1;
    if (this.#burstTimer) this.#burstTimer.refresh();
    else this.#burstTimer = setTimeout(() => this.#endBurst(), BURST_QUIET_MS).unref();
  }

  #endBurst(): void {
    this.#burstTimer = undefined;
    const mayHaveLost = this.#burst >= BURST_EVENTS;
    this.#burst = 0;
    if (mayHaveLost) this.#recheck(this.#burstBeganMs - 1000);
  }

  /** Looks at everything again: what is new, what is gone, and what has changed since. */
  #recheck(sinceMs: number): void {
    for (const [path, folder] of [...this.#folders]) {
      for (const name of new Set([...namesIn(path), ...folder.files, ...folder.folders])) {
        const isKnown = folder.files.has(name) || folder.folders.has(name);
        const facts = lstatSync(`${path}/${name}`, { throwIfNoEntry: false });
        if (!facts || !isKnown || facts.ctimeMs >= sinceMs) this.#look(path, name);
      }
    }
    clearTimeout(this.#burstTimer);
    this.#burstTimer = undefined;
    this.#burst = 0;
  }
}

/** An inode number is given again as soon as it is free. */
function identityOf({ ino, birthtimeNs }: { ino: bigint; birthtimeNs: bigint }): string {
  return `${String(ino)} ${String(birthtimeNs)}`;
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** The folder above a root, so that its own end and return are seen; the nearest one that exists. */
function nearestParent(path: string): string {
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    if (lstatSync(parent, { throwIfNoEntry: false })?.isDirectory() || parent === '/') return parent;
  }
}

function watchOne(path: string, onEvent: (name: string) => void): FSWatcher {
  const watcher = watch(path, (_event, name) => {
    if (name !== null) onEvent(name);
  });
  // A folder that goes away ends its watch; its parent tells of it.
  watcher.on('error', () => watcher.close());
  return watcher;
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function watchLimit(cause: unknown, path: string): HostError {
  const isInstances = isErrno(cause, 'EMFILE');
  const key = isInstances ? 'fs.inotify.max_user_instances' : 'fs.inotify.max_user_watches';
  const value = isInstances ? 1024 : 524_288;
  const what = isInstances ? 'inotify instances' : 'inotify watches';
  return new HostError('WATCH_LIMIT', `the kernel has no ${what} left for ${path}`, {
    command: `sysctl ${key}`,
    hint: `raise the limit:  sysctl ${key}=${value}   or leave folders out with \`ignore\` or .dockerignore`,
    cause,
  });
}
