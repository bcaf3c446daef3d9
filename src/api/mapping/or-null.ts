/** A list as dockerd shows one that nobody has set: null, not empty. */
export function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length > 0 ? list : null;
}
