import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { isErrno } from './kernel.ts';

/** The pids of processes whose argument list `accepts` takes. Kernel threads have none and are left out. */
export function findProcesses(accepts: (argv: readonly string[]) => boolean): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const argv = argumentsOf(pid);
      return argv.length > 0 && accepts(argv);
    });
}

/** Whether a process is in the network namespace of this one. */
export function sharesOwnNetwork(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${String(pid)}/ns/net`) === readlinkSync('/proc/self/ns/net');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES')) return false;
    throw error;
  }
}

function argumentsOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${String(pid)}/cmdline`, 'latin1');
    return text.split('\0').slice(0, -1);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return [];
    throw error;
  }
}
