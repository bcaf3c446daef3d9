import { makeFolderNow } from '../host/files.ts';
import { listFolder, removeFileNow } from '../host/files-now.ts';
import { watchFolder, type FolderWatch } from '../host/folder-watch.ts';
import { readExit, type ContainerExit } from './exit-file.ts';
import { containerPaths, exitsFolder } from './paths.ts';

/**
 * Tells of the end of every container of a run root, by one watch on the folder where the monitors leave exit codes.
 * Ends that happened before it started are told first.
 */
export class ExitWatcher {
  readonly #runRoot: string;
  readonly #onExit: (id: string, exit: ContainerExit) => void;
  /** Container → end that was told: a container that runs again may end again. */
  readonly #told = new Map<string, bigint>();
  readonly #waiting = new Map<string, Set<(exit: ContainerExit) => void>>();
  #watch: FolderWatch | undefined;

  constructor(options: {
    readonly runRoot: string;
    readonly onExit: (id: string, exit: ContainerExit) => void;
  }) {
    this.#runRoot = options.runRoot;
    this.#onExit = options.onExit;
  }

  /** Starts to watch and tells of what ended before. */
  start(): void {
    makeFolderNow(exitsFolder(this.#runRoot), 0o700);
    this.#watch = watchFolder(exitsFolder(this.#runRoot), (name) => this.#look(name));
    this.scan();
  }

  /** Looks at every exit file once more. */
  scan(): void {
    for (const name of listFolder(exitsFolder(this.#runRoot))) this.#look(name);
  }

  /** How a container ended; undefined while it runs. */
  exitOf(id: string): ContainerExit | undefined {
    return readExit(containerPaths(this.#runRoot, id));
  }

  /** Resolves when the container ends; at once when it has. Rejects with the signal's reason. */
  wait(id: string, signal?: AbortSignal): Promise<ContainerExit> {
    const ended = this.exitOf(id);
    if (ended) return Promise.resolve(ended);
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(id) ?? new Set();
      const abort = (): void => {
        waiting.delete(told);
        reject(signal?.reason as Error);
      };
      const told = (exit: ContainerExit): void => {
        signal?.removeEventListener('abort', abort);
        resolve(exit);
      };
      this.#waiting.set(id, waiting.add(told));
      signal?.addEventListener('abort', abort);
    });
  }

  /** Before a container starts anew: an end that was not removed is not its end. */
  forget(id: string): void {
    this.#told.delete(id);
    removeFileNow(containerPaths(this.#runRoot, id).exitFile);
  }

  close(): void {
    this.#watch?.close();
  }

  /** The monitor writes under a temporary name and renames, so a file with the name of a container is whole. */
  #look(name: string): void {
    if (!CONTAINER_ID.test(name)) return;
    const exit = this.exitOf(name);
    if (exit === undefined || this.#told.get(name) === exit.finishedNs) return;
    this.#told.set(name, exit.finishedNs);
    this.#onExit(name, exit);
    for (const resolve of this.#waiting.get(name) ?? []) resolve(exit);
    this.#waiting.delete(name);
  }
}

const CONTAINER_ID = /^[0-9a-f]{64}$/;
