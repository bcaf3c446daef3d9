import type { FSWatcher } from 'chokidar';
import type { TreeWatchOptions } from './tree-watch.ts';

const INTERVAL_MS = 500;

/**
 * The same as TreeWatch without the kernel's help: chokidar looks at every file twice a second. For trees that the
 * kernel has no watches for, and for network file systems, where it does not tell what other machines do.
 */
export class PolledTree {
  readonly #watcher: FSWatcher;
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  private constructor(watcher: FSWatcher) {
    this.#watcher = watcher;
  }

  /** Resolves when everything that is there is known. */
  static async open(options: TreeWatchOptions): Promise<PolledTree> {
    const { watch } = await import('chokidar');
    const { roots, wants, onChange, onUnreadable } = options;
    const watcher = watch([...roots], {
      usePolling: true,
      interval: INTERVAL_MS,
      binaryInterval: INTERVAL_MS,
      followSymlinks: false,
      atomic: false,
      ignored: (path, stats) => stats?.isDirectory() === true && !roots.includes(path) && !wants(path),
    });
    const tree = new PolledTree(watcher);
    watcher.on('error', (error) => onUnreadable(roots.join(', '), String(error)));
    let isReady = false;
    watcher.on('all', (event, path) => {
      tree.#note(event, path);
      if (isReady) onChange(path);
    });
    await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
    isReady = true;
    return tree;
  }

  get folderCount(): number {
    return this.#folders.size;
  }

  /** Files at or below a path. */
  filesBelow(path: string): string[] {
    return [...this.#files].filter((file) => file === path || file.startsWith(`${path}/`));
  }

  close(): void {
    void this.#watcher.close();
  }

  #note(event: string, path: string): void {
    if (event === 'add') this.#files.add(path);
    if (event === 'unlink') this.#files.delete(path);
    if (event === 'addDir') this.#folders.add(path);
    if (event === 'unlinkDir') this.#folders.delete(path);
  }
}
