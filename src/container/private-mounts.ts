import { makeFolderNow } from '../host/files.ts';
import { mount, spawnInPrivateMounts } from '../host/mounts.ts';
import { overlayData } from './overlay.ts';

/** The root filesystem to put together for a container. */
export interface OverlayRequest {
  /** Lower folders, highest first. */
  readonly layers: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly target: string;
}

const UNIFIED = '/sys/fs/cgroup/unified';

/**
 * Spawns in a mount namespace of its own. On machines with both cgroup hierarchies an empty folder is laid over the
 * second one there: crun refuses what it sees otherwise, and what it writes into that folder goes with the namespace.
 */
export function inPrivateMounts<T>(request: {
  readonly hideUnified: boolean;
  readonly prepare?: () => void;
  readonly spawn: () => T;
}): T {
  return spawnInPrivateMounts({
    hideUnified: false,
    prepare: () => {
      if (request.hideUnified) mount({ source: 'berth', target: UNIFIED, type: 'tmpfs', data: 'size=64k' });
      request.prepare?.();
    },
    spawn: request.spawn,
  });
}

/** Mounts the overlay at its target, in whatever mount namespace the thread is in. */
export function mountOverlay(request: OverlayRequest): void {
  const standsOnHost = request.layers.length > 1 && request.layers.at(-1) === '/';
  const layers = standsOnHost ? [...request.layers.slice(0, -1), hostView(request.target)] : request.layers;
  const { data, folder } = overlayData({ ...request, layers });
  if (folder !== undefined) process.chdir(folder);
  mount({ source: 'overlay', target: request.target, type: 'overlay', data });
}

/**
 * The machine's root under an overlay of its own: overlayfs refuses a lower folder within another one, and the other
 * layers lie within `/`. It is mounted below the target, which is then mounted over.
 */
function hostView(target: string): string {
  mount({ source: 'berth', target, type: 'tmpfs', data: 'size=1m' });
  const [view, upper, work] = [`${target}/view`, `${target}/upper`, `${target}/work`];
  for (const path of [view, upper, work]) makeFolderNow(path, 0o755);
  mount({
    source: 'overlay',
    target: view,
    type: 'overlay',
    data: overlayData({ layers: ['/'], upper, work }).data,
  });
  return view;
}
