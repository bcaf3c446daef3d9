import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface DetachedProcess {
  readonly pid: number | undefined;
  /** What it wrote to its descriptor 3 until it closed that or ended. Rejects when the program cannot be started. */
  readonly report: Promise<string>;
}

/**
 * Starts a program that outlives us: its own session, working directory `/`, output added to the file `log`, and
 * a pipe at its descriptor 3 on which it reports when it is ready.
 */
export function spawnDetached(argv: readonly string[], options: { readonly log: string }): DetachedProcess {
  const [program = '', ...args] = argv;
  mkdirSync(dirname(options.log), { recursive: true, mode: 0o755 });
  const log = openSync(options.log, 'a', 0o640);
  try {
    const child = spawn(program, args, { cwd: '/', detached: true, stdio: ['ignore', log, log, 'pipe'] });
    child.unref();
    return { pid: child.pid, report: readReport(child) };
  } finally {
    closeSync(log);
  }
}

/** The last lines of a text file, without empty ones; none when it cannot be read. */
export function tailOfFile(path: string, lines: number): readonly string[] {
  try {
    const text = readFileSync(path, 'utf8');
    return text.split('\n').filter(Boolean).slice(-lines);
  } catch {
    return [];
  }
}

/** The nearest file of that name in the folder or above it. */
export function findUpwards(folder: string, name: string): string | undefined {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  const parent = dirname(folder);
  return parent === folder ? undefined : findUpwards(parent, name);
}

async function readReport(child: ReturnType<typeof spawn>): Promise<string> {
  const pipe = child.stdio[3];
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    if (!pipe || !('setEncoding' in pipe)) {
      resolve('');
      return;
    }
    let text = '';
    pipe.setEncoding('utf8');
    pipe.on('data', (part: string) => (text += part));
    pipe.once('close', () => resolve(text));
  });
}
