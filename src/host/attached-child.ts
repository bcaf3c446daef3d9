import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { PassThrough, Readable, Writable } from 'node:stream';
import { drained, type Drain } from './draining.ts';
import { hostEnvironment, spawnIn } from './exec.ts';
import { closeChildEnd, inputPipe, outputPipe } from './pipes.ts';
import { openPseudoTerminal } from './pty.ts';

/** A child whose input and output somebody holds. */
export interface AttachedChild {
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable | undefined;
  /** Exit code, or 128 + n after signal n, once all output was passed on. Rejects when it cannot be started. */
  readonly ended: Promise<number>;
  resize(rows: number, columns: number): void;
  kill(signal: NodeJS.Signals): void;
}

/** Words to add to the output when the child has ended. */
export type LastWords = () => string;

/** Spawns a child with a real pipe for each stream asked for, and nothing on the others. */
export function spawnWithPipes(
  argv: readonly string[],
  options: {
    readonly stdin: boolean;
    readonly stdout: boolean;
    readonly stderr: boolean;
  },
): AttachedChild {
  const stdin = options.stdin ? inputPipe() : undefined;
  const stdout = options.stdout ? outputPipe() : undefined;
  const stderr = options.stderr ? outputPipe() : undefined;
  let child: ChildProcess;
  try {
    child = spawnIn(argv, {
      stdio: [stdin?.childFd ?? 'ignore', stdout?.childFd ?? 'ignore', stderr?.childFd ?? 'ignore'],
      env: hostEnvironment(),
    });
  } finally {
    for (const pipe of [stdin, stdout, stderr]) closeChildEnd(pipe);
  }
  const exit = exitOf(child);
  const lastWords = exit.then(nothing, nothing);
  const out = stdout && drained(stdout.stream, { lastWords });
  const errors = stderr && drained(stderr.stream, { lastWords });
  // A command that ends without reading its input is no fault of whoever wrote it.
  stdin?.stream.on('error', () => undefined);
  void exit.finally(() => stdin?.stream.destroy()).catch(() => undefined);
  return {
    stdin: stdin?.stream,
    stdout: out?.stream ?? Readable.from([]),
    stderr: errors?.stream,
    ended: afterDrains(exit, [out, errors]),
    resize: () => undefined,
    kill: (signal) => void child.kill(signal),
  };
}

/** Spawns a child as the leader of a session on a pseudo-terminal of its own. */
export function spawnWithTerminal(
  argv: readonly string[],
  options: {
    readonly size?: { readonly rows: number; readonly columns: number } | undefined;
    readonly lastWords: LastWords;
  },
): AttachedChild {
  const terminal = openPseudoTerminal(options.size);
  const { terminalFd, stream } = terminal;
  const child = spawnIn(['setsid', '--ctty', '--wait', ...argv], {
    stdio: [terminalFd, terminalFd, terminalFd],
    env: hostEnvironment(),
  });
  const output = new PassThrough();
  stream.pipe(output, { end: false });
  const ended = exitOf(child).finally(() => {
    stream.unpipe(output);
    for (const rest of terminal.finish()) output.write(rest);
    output.end(options.lastWords().replaceAll('\n', '\r\n'));
  });
  return {
    stdin: new Writable({
      write: (data: Buffer, encoding, done) => {
        if (stream.destroyed) done();
        else stream.write(data, encoding, () => done());
      },
    }),
    stdout: output,
    stderr: undefined,
    ended,
    resize: (rows, columns) => terminal.resize(rows, columns),
    kill: (signal) => void child.kill(signal),
  };
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
    child.on('error', reject);
  });
}

function nothing(): string {
  return '';
}

async function afterDrains(exit: Promise<number>, drains: readonly (Drain | undefined)[]): Promise<number> {
  const code = await exit;
  await Promise.all(drains.flatMap((drain) => (drain ? [drain.over] : [])));
  return code;
}
