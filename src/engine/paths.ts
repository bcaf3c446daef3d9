import { createHash } from 'node:crypto';

export const DEFAULT_ROOT = '/var/lib/berth';
export const DEFAULT_RUN_ROOT = '/run/berth';

/** Every place on disk that the engine uses. All absolute. */
export interface Paths {
  readonly root: string;
  readonly runRoot: string;
  readonly socket: string;
  readonly pidFile: string;
  readonly lockFile: string;
  readonly engineFile: string;
  readonly forwardingFile: string;
  readonly networks: string;
  readonly containers: string;
  readonly images: string;
  readonly volumes: string;
  readonly namespaces: string;
  readonly runContainers: string;
  readonly live: string;
  readonly exits: string;
}

export function pathsFor(root: string, runRoot: string): Paths {
  return {
    root,
    runRoot,
    socket: `${runRoot}/docker.sock`,
    pidFile: `${runRoot}/engine.pid`,
    lockFile: `${runRoot}/engine.lock`,
    engineFile: `${root}/engine.json`,
    forwardingFile: `${runRoot}/ip_forward`,
    networks: `${root}/networks`,
    containers: `${root}/containers`,
    images: `${root}/images`,
    volumes: `${root}/volumes`,
    namespaces: `${runRoot}/netns`,
    runContainers: `${runRoot}/containers`,
    live: `${runRoot}/live`,
    exits: `${runRoot}/exits`,
  };
}

/** The word that marks kernel objects and cgroups as ours: `berth`, or `berth-<8 hex>` for another root. */
export function ownerWord(root: string): string {
  if (root === DEFAULT_ROOT) return 'berth';
  return `berth-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`;
}

/** The network namespace file of a container. */
export function namespacePath(paths: Paths, containerId: string): string {
  return `${paths.namespaces}/${containerId.slice(0, 12)}`;
}
