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
  const { data, folder } = overlayData(request);
  if (folder !== undefined) process.chdir(folder);
  mount({ source: 'overlay', target: request.target, type: 'overlay', data });
}
