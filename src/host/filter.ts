import { spawn, type ChildProcess } from 'node:child_process';
import { HostError } from '../model/errors.ts';
import { hostEnvironment, isMissingProgram, programMissing, shellLine } from './exec.ts';

/**
 * Sends `input` through a program such as `zstd -dc` and yields what comes out. Whoever stops reading ends the
 * program. Throws HostError HOST_PROGRAM_MISSING, HOST_COMMAND_FAILED, and whatever `input` throws.
 */
export async function* filterThrough(
  argv: readonly string[],
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: hostEnvironment() });
  const end = endOf(child);
  // The feeder ends when the program does; its failure is looked at only after the output was read.
  const feeding = feed(child, input);
  feeding.catch(() => undefined);
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    const { code, stderr, error } = await end;
    if (error) throw isMissingProgram(error) ? programMissing(program, error) : error;
    await feeding;
    if (code !== 0) throw filterFailed(argv, code, stderr);
  } finally {
    child.kill('SIGKILL');
  }
}

type PipedChild = ChildProcess & { readonly stdin: NodeJS.WritableStream };

interface ProgramEnd {
  readonly code: number;
  readonly stderr: string;
  readonly error: Error | undefined;
}

function endOf(child: ChildProcess): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    let stderr = '';
    child.stderr?.on('data', (data: Buffer) => {
      if (stderr.length < MAX_STDERR_LENGTH) stderr += data.toString();
    });
    child.on('error', (error) => resolve({ code: -1, stderr, error }));
    child.on('close', (code) => resolve({ code: code ?? -1, stderr, error: undefined }));
  });
}

const MAX_STDERR_LENGTH = 4096;

async function feed(child: PipedChild, input: AsyncIterable<Uint8Array>): Promise<void> {
  const closing = new Promise<void>((resolve) => {
    child.stdin.on('error', () => resolve());
    child.stdin.on('close', () => resolve());
    child.on('close', () => resolve());
  });
  try {
    for await (const chunk of input) {
      if (!child.stdin.writable) return;
      if (child.stdin.write(chunk)) continue;
      await Promise.race([closing, new Promise((resolve) => child.stdin.once('drain', resolve))]);
    }
  } finally {
    child.stdin.end();
  }
}

function filterFailed(argv: readonly string[], code: number, stderr: string): HostError {
  const reason = stderr.trim() || 'it said nothing';
  return new HostError('HOST_COMMAND_FAILED', `${argv[0] ?? ''} failed with exit code ${code}: ${reason}`, {
    command: shellLine(argv),
    stderr,
  });
}
