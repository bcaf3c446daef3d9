import type { Topic } from './topic.ts';

/** What to wait for: a look at the container `id`, again at each change of it. */
export interface Awaited {
  readonly id: string;
  readonly reached: () => boolean;
  /** -1, the default, waits for ever. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Resolves true once `reached` holds; false after the time, or when the signal aborts. */
export async function until(changes: Topic<string>, awaited: Awaited): Promise<boolean> {
  const { id, reached, timeoutMs = -1, signal } = awaited;
  if (reached()) return true;
  return new Promise((resolve) => {
    const finish = (result: boolean): void => {
      clearTimeout(timer);
      stop();
      signal?.removeEventListener('abort', abort);
      resolve(result);
    };
    const abort = (): void => finish(false);
    const timer = timeoutMs < 0 ? undefined : setTimeout(() => finish(reached()), timeoutMs);
    const stop = changes.listen((changed) => {
      if (changed === id && reached()) finish(true);
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}
