/** Digests that unfinished work counts on, so that nobody collects them. */
export class Pins {
  readonly #counts = new Map<string, number>();

  /** Call the result when the work is over. */
  hold(digests: readonly string[]): () => void {
    for (const digest of digests) this.#counts.set(digest, (this.#counts.get(digest) ?? 0) + 1);
    return () => {
      for (const digest of digests) this.#release(digest);
    };
  }

  held(): Iterable<string> {
    return this.#counts.keys();
  }

  #release(digest: string): void {
    const left = (this.#counts.get(digest) ?? 1) - 1;
    if (left > 0) this.#counts.set(digest, left);
    else this.#counts.delete(digest);
  }
}
