import { readText } from '../host/files.ts';
import { listFolder } from '../host/files-now.ts';
import { identifyProcess, isAlive, signalProcess, type ProcessIdentity } from '../host/processes.ts';
import type { ContainerPaths } from './paths.ts';

const MONITOR_END_MS = 2_000;
const MONITOR_LOOKS_MAX = 12;

/** The conmon of a container: by the file it writes, or, when it has not come to that, by its command line. */
export function findMonitor(paths: ContainerPaths, id: string): ProcessIdentity | undefined {
  const written = Number(readText(paths.conmonPidFile) ?? '0');
  if (isMonitorOf(written, id)) return identifyProcess(written);
  const pid = listFolder('/proc')
    .map(Number)
    .find((candidate) => candidate > 0 && isMonitorOf(candidate, id));
  return pid === undefined ? undefined : identifyProcess(pid);
}

/**
 * Waits for the end of a monitor, which follows that of its container; one that hangs is killed. With `gone` the
 * kernel tells; a monitor of an earlier engine has no pipe to us and is looked at, ever more seldom, 4 s in all.
 */
export async function monitorGone({
  monitor,
  gone,
}: {
  readonly monitor?: ProcessIdentity | undefined;
  readonly gone?: Promise<void>;
}): Promise<void> {
  if (monitor === undefined || !isAlive(monitor)) return;
  if (gone) {
    const timer = setTimeout(() => signalProcess(monitor, 'SIGKILL'), MONITOR_END_MS);
    await gone;
    clearTimeout(timer);
    return;
  }
  for (let look = 0; look < MONITOR_LOOKS_MAX && isAlive(monitor); look += 1)
    await new Promise((resolve) => setTimeout(resolve, 2 ** look));
  signalProcess(monitor, 'SIGKILL');
}

function isMonitorOf(pid: number, id: string): boolean {
  const words = (readText(`/proc/${pid}/cmdline`) ?? '').split('\0');
  return words[words.indexOf('--cid') + 1] === id && words.includes('--conmon-pidfile');
}
