/**
 * Does something with each item, a few at once, in their order. The first failure ends the others, by their signal, and
 * is thrown when all of them have ended.
 */
export async function inParallel<T>(
  items: readonly T[],
  limits: { readonly most: number; readonly signal: AbortSignal },
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([limits.signal, stop.signal]);
  const failures: unknown[] = [];
  const queue = items.values();
  const lane = async (): Promise<void> => {
    for (const item of queue) {
      if (signal.aborted) return;
      try {
        await work(item, signal);
      } catch (error) {
        failures.push(error);
        stop.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limits.most, items.length) }, lane));
  if (failures.length > 0) throw failures[0];
}
