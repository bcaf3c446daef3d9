import { existsSync } from 'node:fs';
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { HostError } from '../model/errors.ts';
import { inNetworkNamespace } from './namespaces.ts';

export interface RunOptions {
  /** Text for its standard input; none: /dev/null. */
  readonly input?: string;
  /** After this it is killed, and the error says so. */
  readonly timeoutMs?: number;
  /** Path of a network namespace to run in. */
  readonly netns?: string | undefined;
  /** Added to the own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Return a non-zero exit code instead of throwing. */
  readonly allowFailure?: boolean;
  /** The program prints this line when its work is done: what it does from then on is not waited for. */
  readonly doneLine?: string;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** -1 when a signal ended it. */
  readonly exitCode: number;
}

/**
 * Runs a program to its end, without a shell, and collects what it prints.
 * Throws HostError: HOST_PROGRAM_MISSING, HOST_COMMAND_FAILED (with command and stderr), HOST_COMMAND_TIMEOUT.
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = spawnIn(argv, {
    netns: options.netns,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: hostEnvironment(options.env),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const timer = options.timeoutMs === undefined ? undefined : killAfter(child, options.timeoutMs);
  try {
    const result = await collect(child, options);
    if (timer?.fired) throw timedOut(argv, options.timeoutMs ?? 0, result);
    if (result.exitCode !== 0 && !options.allowFailure) throw commandFailed(argv, result);
    return result;
  } catch (error) {
    throw isMissingProgram(error) ? programMissing(argv[0] ?? '', error) : error;
  } finally {
    timer?.stop();
  }
}

/** Spawns a program, born in the network namespace `netns`. The caller minds its streams, exit and `error` event. */
export function spawnIn(
  argv: readonly string[],
  options: SpawnOptions & { readonly netns?: string | undefined },
): ChildProcess {
  const { netns, ...rest } = options;
  const [program = '', ...args] = argv;
  return inNetworkNamespace(netns, () => spawn(program, args, rest));
}

/** The own environment, with the folders of system programs on PATH: an ordinary user's PATH lacks them. */
export function hostEnvironment(added: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const path = (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
  const missing = SYSTEM_FOLDERS.filter((folder) => !path.includes(folder));
  return { ...process.env, PATH: [...path, ...missing].join(':'), ...added };
}

/** Where a program lies that `run` would find by its name. */
export function programPath(name: string): string | undefined {
  const folders = hostEnvironment()['PATH']?.split(':') ?? [];
  return folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path));
}

/** An argument list as a line for a shell. */
export function shellLine(argv: readonly string[]): string {
  return argv.map(shellWord).join(' ');
}

/** One word for a shell, quoted where it must be. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The error about a program that is not installed; the hint names the Debian package that has it. */
export function programMissing(program: string, cause?: unknown): HostError {
  const name = program.slice(program.lastIndexOf('/') + 1);
  return new HostError('HOST_PROGRAM_MISSING', `the program ${name} is not installed`, {
    command: program,
    hint: `apt-get install ${PACKAGES[name] ?? name}`,
    cause,
  });
}

/** True for the error of a spawn whose program does not exist. */
export function isMissingProgram(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ENOENT' &&
    'syscall' in error &&
    String(error.syscall).startsWith('spawn')
  );
}

const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

const PACKAGES: Readonly<Record<string, string>> = {
  'iptables-restore': 'iptables',
  'iptables-save': 'iptables',
  'ip6tables-restore': 'iptables',
  'ip6tables-save': 'iptables',
  ip6tables: 'iptables',
  ip: 'iproute2',
  ss: 'iproute2',
  sysctl: 'procps',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  mount: 'mount',
};

function collect(child: ChildProcess, { input, doneLine }: RunOptions): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const end = (exitCode: number): void => {
      resolve({
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8'),
        exitCode,
      });
    };
    child.stdout?.on('data', (data: Buffer) => {
      stdout.push(data);
      if (doneLine !== undefined && hasLine(stdout, doneLine)) end(0);
    });
    child.stderr?.on('data', (data: Buffer) => stderr.push(data));
    child.on('error', reject);
    child.on('close', (code) => end(code ?? -1));
    if (input === undefined) return;
    // A program that ends without reading its input says why on stderr; the broken pipe itself adds nothing.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

function hasLine(chunks: readonly Buffer[], line: string): boolean {
  return `\n${Buffer.concat(chunks).toString('utf8')}`.includes(`\n${line}\n`);
}

function killAfter(child: ChildProcess, timeoutMs: number): { readonly fired: boolean; stop: () => void } {
  let fired = false;
  const timer = setTimeout(() => {
    fired = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  return {
    get fired() {
      return fired;
    },
    stop: () => clearTimeout(timer),
  };
}

function commandFailed(argv: readonly string[], result: RunResult): HostError {
  const reason = result.stderr.trim() || result.stdout.trim() || 'it said nothing';
  const end = result.exitCode === -1 ? 'was killed' : `failed with exit code ${result.exitCode}`;
  return new HostError('HOST_COMMAND_FAILED', `${argv[0] ?? ''} ${end}: ${reason}`, {
    command: shellLine(argv),
    stderr: result.stderr,
    hint: `To see it fail by itself, run: ${shellLine(argv)}`,
  });
}

function timedOut(argv: readonly string[], timeoutMs: number, result: RunResult): HostError {
  return new HostError('HOST_COMMAND_TIMEOUT', `${argv[0] ?? ''} did not end within ${timeoutMs} ms`, {
    command: shellLine(argv),
    stderr: result.stderr,
    hint: 'The machine may be overloaded, or the command waits for a lock. Run it by hand to see.',
  });
}
