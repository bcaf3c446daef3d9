/** How long a line waits for an earlier one from another container, in milliseconds. */
const windowMs = 25;

/** Lets items from several live sources out in the order of their times, as far as a short window sees. */
export class TimeMerger<T extends { readonly time: string }> {
  #held: T[] = [];
  #ready: T[] = [];
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  #failure: { error: unknown } | undefined;
  #wake: () => void = () => undefined;

  push(item: T): void {
    if (this.#ended) return;
    this.#held.push(item);
    this.#timer ??= setTimeout(() => this.#release(), windowMs);
  }

  /** No more items; those that are held still come. */
  end(): void {
    this.#release();
    this.#ended = true;
    this.#wake();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.end();
  }

  async *items(): AsyncIterable<T> {
    for (;;) {
      const batch = this.#ready;
      this.#ready = [];
      yield* batch;
      if (this.#ready.length > 0) continue;
      if (this.#failure) throw this.#failure.error;
      if (this.#ended) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#held.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
    this.#ready.push(...this.#held);
    this.#held = [];
    this.#wake();
  }
}
