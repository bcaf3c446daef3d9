/** A reader that never comes to its end, such as a stopped terminal, holds nothing up for longer. */
const PATIENCE_MS = 5000;

/** Who follows the log of which container, so that the log of a container that removes itself is read to its end. */
export class LogReaders {
  readonly #readers = new Map<string, Set<Promise<void>>>();

  /** Counts a reader from this call until it is through, or its client is gone. */
  count<T>(id: string, source: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
    let release: () => void = () => undefined;
    const through = new Promise<void>((resolve) => (release = resolve));
    const readers = this.#readers.get(id) ?? new Set();
    this.#readers.set(id, readers.add(through));
    void through.then(() => {
      readers.delete(through);
      if (readers.size === 0) this.#readers.delete(id);
    });
    signal.addEventListener('abort', release, { once: true });
    return untilThrough();

    async function* untilThrough(): AsyncGenerator<T, void> {
      try {
        yield* source;
      } finally {
        signal.removeEventListener('abort', release);
        release();
      }
    }
  }

  /** Resolves when every reader of the container is through, or time is up. */
  async settled(id: string, patienceMs = PATIENCE_MS): Promise<void> {
    const readers = [...(this.#readers.get(id) ?? [])];
    if (readers.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)));
    await Promise.race([Promise.all(readers), late]);
    clearTimeout(timer);
  }
}
