import { closeSync, writeSync } from 'node:fs';

/** The descriptor on which the command that started us waits for one line. */
const PARENT_FD = 3;

/** Tells the command that started this process, and lets go of it. Nobody may be listening: then nothing happens. */
export function reportToParent(line: string): void {
  try {
    writeSync(PARENT_FD, `${line}\n`);
    closeSync(PARENT_FD);
  } catch {
    // Started by hand, or the command is gone.
  }
}
