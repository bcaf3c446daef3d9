import { readText } from '../host/files.ts';
import type { ImageTable } from './image-table.ts';
import { settle } from './unpack.ts';

/**
 * New images are good at once, and for this boot only, until the disk has all that they are made of: a pull need not
 * wait for a slow disk, and a power cut leaves no image with empty files.
 */
export class Settling {
  readonly bootId = (readText('/proc/sys/kernel/random/boot_id') ?? '').trim();
  readonly #store: Store;
  #running = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Has the disk take everything in a while, and then the marks off the images that were there before. */
  begin(): void {
    const waiting = this.#store.table.list().filter(({ unsettled }) => unsettled !== undefined);
    if (waiting.length === 0 || this.#running) return;
    this.#running = true;
    this.#settle(waiting.map(({ record }) => record.id)).then(
      () => {
        this.#running = false;
        this.begin();
      },
      // A disk that fails now fails the next write as well, which somebody waits for.
      () => (this.#running = false),
    );
  }

  async #settle(ids: readonly string[]): Promise<void> {
    const { root, table, serial } = this.#store;
    await settle(root);
    await serial(async () => {
      for (const id of ids) {
        const image = table.get(id);
        if (image) await table.save({ ...image, unsettled: undefined });
      }
    });
  }
}

interface Store {
  readonly root: string;
  readonly table: ImageTable;
  /** Waits for its turn among those who write images. */
  readonly serial: (work: () => Promise<void>) => Promise<void>;
}
