import type { PathFacts } from '../../engine/engine-api.ts';

/** The bits by which Go's `fs.FileMode` tells kinds apart. */
const KIND_BITS: Readonly<Record<PathFacts['kind'], number>> = {
  file: 0,
  folder: 2 ** 31,
  link: 2 ** 27,
  'block-device': 2 ** 26,
  'character-device': 2 ** 26 + 2 ** 21,
  pipe: 2 ** 25,
  other: 2 ** 19,
};

/** Kind and permissions as a Go program writes them. */
export function goMode({ kind, mode }: Pick<PathFacts, 'kind' | 'mode'>): number {
  const setuid = mode & 0o4000 ? 2 ** 23 : 0;
  const setgid = mode & 0o2000 ? 2 ** 22 : 0;
  const sticky = mode & 0o1000 ? 2 ** 20 : 0;
  return KIND_BITS[kind] + setuid + setgid + sticky + (mode & 0o777);
}
