import { constants } from 'node:os';
import { spawnIn } from './exec.ts';

export interface Dialogue {
  readonly argv: readonly string[];
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Each line that it prints; a text that comes back is written to its input. */
  readonly onLine: (line: string) => string | undefined;
}

/** How much of its standard error is kept: the end of it. */
const ERRORS_MAX = 4096;

/**
 * Runs a program and answers its lines. Resolves when it has ended; an abort asks it to end. What `onLine` throws ends
 * the program, and is thrown when that has gone.
 */
export function talkInLines({ argv, env, signal, onLine }: Dialogue): Promise<{
  /** 128 + n after signal n. */
  exitCode: number;
  stderr: string;
}> {
  return new Promise((resolve, reject) => {
    const child = spawnIn(argv, { stdio: ['pipe', 'pipe', 'pipe'], env });
    const { stdin, stdout, stderr } = child;
    let rest = '';
    let errors = '';
    let mistake: { readonly error: unknown } | undefined;
    // Its own children may keep the pipes; nobody waits for them.
    const end = (): void => {
      child.kill('SIGTERM');
      stdout?.destroy();
      stderr?.destroy();
    };
    const take = (line: string): void => {
      if (mistake || line.trim() === '') return;
      try {
        const answer = onLine(line);
        if (answer !== undefined) stdin?.write(answer);
      } catch (error) {
        mistake = { error };
        end();
      }
    };
    // A program that does not read its answers is not at fault.
    stdin?.on('error', () => undefined);
    stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(take);
    });
    stderr?.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-ERRORS_MAX)));
    signal.addEventListener('abort', end, { once: true });
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      signal.removeEventListener('abort', end);
      take(rest);
      if (mistake) reject(mistake.error);
      else
        resolve({
          exitCode: code ?? 128 + (killedBy === null ? 0 : constants.signals[killedBy]),
          stderr: errors,
        });
    });
    if (signal.aborted) end();
  });
}
