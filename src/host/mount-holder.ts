import { hostEnvironment, spawnIn } from './exec.ts';

/** A process that does nothing but hold the mount namespace that it was born in. */
export interface MountHolder {
  /** Its root folder, as this process can open it. */
  readonly root: string;
  /** Resolves when it is gone, and its mounts with it. */
  release(): Promise<void>;
}

/** Spawns a holder in the thread's mount namespace. It ends with this process at the latest: it reads a pipe of ours. */
export function spawnMountHolder(): MountHolder {
  const child = spawnIn(['cat'], { stdio: ['pipe', 'ignore', 'ignore'], env: hostEnvironment() });
  const gone = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
    child.on('error', () => resolve());
  });
  return {
    root: `/proc/${child.pid ?? 0}/root`,
    release: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
