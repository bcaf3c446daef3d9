import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** Program and arguments, or a text for bash. */
export type HostCommand = string | readonly string[];

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the test's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Return a failure instead of throwing it. */
  readonly allowFailure?: boolean;
  /** Default 60 s. */
  readonly timeoutMs?: number;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code; 128 + number for a signal. */
  readonly code: number;
}

/** A program that was started and left running. */
export interface Running extends AsyncDisposable {
  /** Everything written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when `text` has been written on either stream; throws when the program ends before that. */
  saw(text: string | RegExp): Promise<void>;
  /** Sends a signal to the program itself (not to the wrapper that entered the namespace). */
  signal(name: string): Promise<void>;
  readonly ended: Promise<RunResult>;
}

/** Where commands run: the namespaces of an init process, and an optional network namespace below them. */
export interface Place {
  readonly init: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly netns?: string;
}

export interface Runner {
  run(command: HostCommand, options?: RunOptions): Promise<RunResult>;
  start(command: HostCommand, options?: RunOptions): Running;
}

export function enter(place: Place): Runner {
  return {
    run: async (command, options = {}) => {
      const running = launch(place, command, options);
      const result = await within(options.timeoutMs ?? 60_000, { command, running });
      if (result.code !== 0 && !options.allowFailure) throw new Error(failureText(command, result));
      return result;
    },
    start: (command, options = {}) => launch(place, command, options),
  };
}

/** Also catches a program that ended while something it left behind holds its output. */
async function within(timeoutMs: number, of: { command: HostCommand; running: Running }): Promise<RunResult> {
  const late = new AbortController();
  const timeout = delay(timeoutMs, undefined, { signal: late.signal }).then(async () => {
    await of.running.signal('KILL');
    const soFar = { stdout: of.running.stdout(), stderr: of.running.stderr(), code: 137 };
    throw new Error(`no end after ${String(timeoutMs)} ms: ${failureText(of.command, soFar)}`);
  });
  timeout.catch(() => undefined);
  const result = await Promise.race([of.running.ended, timeout]);
  late.abort();
  return result;
}

function launch(place: Place, command: HostCommand, options: RunOptions): Running {
  const argv = typeof command === 'string' ? ['bash', '-c', command] : [...command];
  const program = ['bash', '-c', 'cd "$1" && echo $$ >&3 && exec 3>&- && exec "${@:2}"', 'enter'];
  const child = spawn('nsenter', [...namespaceFlags(place), ...program, options.cwd ?? place.cwd, ...argv], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: environment(place, options),
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return runningOf(child, place);
}

function namespaceFlags(place: Place): string[] {
  const of = (name: string) => `/proc/${String(place.init)}/ns/${name}`;
  // Entering a mount namespace also leaves a chroot, so its root is named.
  const root = `/proc/${String(place.init)}/root`;
  const flags = [
    `--mount=${of('mnt')}`,
    `--pid=${of('pid_for_children')}`,
    `--net=${of('net')}`,
    `--root=${root}`,
    `--wd=${root}`,
  ];
  return place.netns ? [...flags, '--', 'nsenter', `--net=${place.netns}`, '--'] : [...flags, '--'];
}

/** The test's environment without what would steer Compose, Docker or colour; then the host's and the caller's words. */
function environment(place: Place, options: RunOptions): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !steering.test(name));
  const wanted = { ...Object.fromEntries(own), NO_COLOR: '1', ...place.env, ...options.env };
  return Object.fromEntries(
    Object.entries(wanted).filter(([, value]: [string, string | undefined]) => value !== undefined),
  );
}

const steering = /^(BERTH_|COMPOSE_|DOCKER_|VITEST|NODE_ENV$|NODE_OPTIONS$|FORCE_COLOR$)/;

function runningOf(child: ChildProcess, place: Place): Running {
  const text = { stdout: '', stderr: '', pid: '' };
  child.stdout?.setEncoding('utf8').on('data', (data: string) => (text.stdout += data));
  child.stderr?.setEncoding('utf8').on('data', (data: string) => (text.stderr += data));
  const pidPipe = child.stdio[3] as NodeJS.ReadableStream;
  pidPipe.setEncoding('utf8').on('data', (data: string) => (text.pid += data));
  const ended = once(child, 'close').then(([code, signal]) => ({
    stdout: text.stdout,
    stderr: text.stderr,
    code: exitCode(code as number | null, signal as string | null),
  }));
  const signal = async (name: string) => {
    if (child.exitCode !== null) return;
    if (!text.pid.includes('\n')) await once(pidPipe, 'data');
    await once(spawn('nsenter', [...namespaceFlags(place), 'kill', `-${name}`, text.pid.trim()]), 'close');
  };
  return {
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    saw: (wanted) => seen(child, () => text.stdout + text.stderr, wanted),
    signal,
    ended,
    [Symbol.asyncDispose]: async () => {
      await signal('KILL');
      await ended;
    },
  };
}

function exitCode(code: number | null, signal: string | null): number {
  return code ?? (signal === 'SIGKILL' ? 137 : 143);
}

async function seen(child: ChildProcess, written: () => string, wanted: string | RegExp): Promise<void> {
  const matches = () => (typeof wanted === 'string' ? written().includes(wanted) : wanted.test(written()));
  const closed = once(child, 'close').then(() => 'closed');
  while (!matches()) {
    const event = await Promise.race([closed, nextData(child)]);
    if (event === 'closed' && !matches()) throw new Error(`ended without ${String(wanted)}:\n${written()}`);
  }
}

async function nextData(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.stdout?.once('data', () => resolve('data'));
    child.stderr?.once('data', () => resolve('data'));
  });
}

function failureText(command: HostCommand, result: RunResult): string {
  const told = typeof command === 'string' ? command : command.join(' ');
  return `exit ${String(result.code)}: ${told}\n${result.stdout}${result.stderr}`;
}
