/** Tries one server. Resolves with `undefined` when it has no answer; gives up when the signal says so. */
export type Attempt<T> = (signal: AbortSignal) => Promise<T | undefined>;

export interface Patience {
  /** An attempt that takes longer gets company: the next one starts beside it. */
  readonly staggerMs: number;
  /** For all attempts together. */
  readonly totalMs: number;
}

/**
 * Attempts in order, the next one when the last one failed or is slow; whichever answers first wins, and the rest
 * is abandoned. `undefined` when none answered in time, or when the signal ended it.
 */
export function firstAnswer<T>(
  attempts: readonly Attempt<T>[],
  options: { readonly patience: Patience; readonly signal: AbortSignal },
): Promise<T | undefined> {
  const { patience, signal } = options;
  return new Promise((resolve) => {
    const others = new AbortController();
    let started = 0;
    let running = 0;
    let nextTimer: NodeJS.Timeout | undefined;
    const totalTimer = setTimeout(() => end(undefined), patience.totalMs);

    function end(answer: T | undefined): void {
      clearTimeout(totalTimer);
      clearTimeout(nextTimer);
      signal.removeEventListener('abort', abandon);
      others.abort();
      resolve(answer);
    }
    function abandon(): void {
      end(undefined);
    }
    function settle(answer: T | undefined): void {
      running--;
      if (others.signal.aborted) return;
      if (answer !== undefined) end(answer);
      else startNext();
    }
    function startNext(): void {
      clearTimeout(nextTimer);
      const attempt = attempts[started];
      if (!attempt) {
        if (running === 0) end(undefined);
        return;
      }
      started++;
      running++;
      nextTimer = setTimeout(startNext, patience.staggerMs);
      attempt(others.signal).then(settle, () => settle(undefined));
    }

    signal.addEventListener('abort', abandon);
    if (signal.aborted) abandon();
    else startNext();
  });
}
