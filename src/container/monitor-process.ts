import { readText } from '../host/files.ts';
import { findProcesses } from '../host/process-table.ts';
import { identifyProcess, isAlive, signalProcess, type ProcessIdentity } from '../host/processes.ts';
import type { ContainerPaths } from './paths.ts';

const MONITOR_END_MS = 2_000;
const MONITOR_LOOKS_MAX = 12;

/** The conmon of a container: by the file it writes, or, when it has not come to that, by its command line. */
export function findMonitor(paths: ContainerPaths, id: string): ProcessIdentity | undefined {
  const written = Number(readText(paths.conmonPidFile) ?? '0');
  const argv = (readText(`/proc/${written}/cmdline`) ?? '').split('\0');
  if (isMonitorOf(argv, id)) return identifyProcess(written);
  const [pid] = findProcesses((argv) => isMonitorOf(argv, id));
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

function isMonitorOf(argv: readonly string[], id: string): boolean {
  return argv[argv.indexOf('--cid') + 1] === id && argv.includes('--conmon-pidfile');
}
