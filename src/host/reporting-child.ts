import type { Socket } from 'node:net';
import { spawnIn } from './exec.ts';

/** A child that tells one line on a pipe of its own and keeps that pipe for its life. */
export interface ReportingChild {
  /** The first line on the pipe; empty when the pipe ended without one. Rejects when the program cannot be started. */
  readonly report: Promise<string>;
  /** When nobody holds the pipe any more. */
  readonly gone: Promise<void>;
}

/** Descriptor of the report pipe in the child. */
export const REPORT_FD = 3;

/**
 * Spawns a program with nothing on its stdin and stdout, `errorsFd` as its stderr and the report pipe as descriptor 3.
 * Once the report has come, the pipe no longer keeps this process alive.
 */
export function spawnReporting(
  argv: readonly string[],
  options: {
    readonly errorsFd: number;
    readonly env: Readonly<Record<string, string>>;
    /** Where it stands: what it leaves without naming a folder lands there. */
    readonly cwd: string;
  },
): ReportingChild {
  const child = spawnIn(argv, {
    stdio: ['ignore', 'ignore', options.errorsFd, 'pipe'],
    env: options.env,
    cwd: options.cwd,
  });
  const pipe = child.stdio[REPORT_FD] as Socket;
  const report = new Promise<string>((resolve, reject) => {
    let text = '';
    pipe.on('data', (data: Buffer) => {
      text += data.toString('utf8');
      const end = text.indexOf('\n');
      if (end === -1) return;
      resolve(text.slice(0, end));
      pipe.unref();
    });
    pipe.on('close', () => resolve(text));
    // A reset says the same as an end; `close` follows.
    pipe.on('error', () => undefined);
    child.on('error', reject);
  });
  const gone = new Promise<void>((resolve) => {
    pipe.on('close', () => resolve());
    child.on('error', () => resolve());
  });
  return { report, gone };
}
