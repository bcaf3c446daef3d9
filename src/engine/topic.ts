/** A topic: what is published reaches every subscriber that is listening at that moment, in order. */
export class Topic<T> {
  readonly #subscribers = new Set<(value: T) => void>();

  publish(value: T): void {
    for (const deliver of [...this.#subscribers]) deliver(value);
  }

  /** Calls `deliver` for each value until the returned function is called. */
  listen(deliver: (value: T) => void): () => void {
    this.#subscribers.add(deliver);
    return () => this.#subscribers.delete(deliver);
  }

  /**
   * Values from now on, until `signal` aborts. Subscribes at the call, not at the first read, so nothing
   * published in between is lost. A reader that falls 100,000 values behind is cut off.
   */
  subscribe(signal: AbortSignal): AsyncIterableIterator<T> {
    const backlogMax = 100_000;
    const backlog: T[] = [];
    let wake: (() => void) | undefined;
    let ended = signal.aborted;
    const end = (): void => {
      ended = true;
      stop();
      wake?.();
    };
    const stop = this.listen((value) => {
      if (backlog.length >= backlogMax) end();
      else backlog.push(value);
      wake?.();
    });
    signal.addEventListener('abort', end, { once: true });
    return drain();

    async function* drain(): AsyncGenerator<T, void> {
      try {
        for (;;) {
          while (backlog.length > 0) yield backlog.shift() as T;
          if (ended) return;
          await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        end();
        signal.removeEventListener('abort', end);
      }
    }
  }
}
