import { Readable, Writable } from 'node:stream';
import type { ContainerRecord } from '../model/container.ts';
import { isErrno } from '../host/kernel.ts';
import { readText } from '../host/files.ts';
import { removeFileNow, writeFileNow } from '../host/files-now.ts';
import { identifyProcess, signalProcess } from '../host/processes.ts';
import { spawnWithPipes, spawnWithTerminal, type AttachedChild } from '../host/attached-child.ts';
import { resizeTerminalOf } from '../host/pty.ts';
import { userFilesIn } from './bundle.ts';
import { ptyUnavailable } from './errors.ts';
import { whyNotExecutable, type ExecFailure } from './executable.ts';
import { execProcessFor, type ExecCommand } from './exec-process.ts';
import { inPrivateMounts } from './private-mounts.ts';
import type { Runtime } from './runtime.ts';
import { runtimeArgv } from './runtime-command.ts';
import { exitCodeForStartError, startErrorFor } from './start-errors.ts';

export interface ExecRequest {
  readonly container: ContainerRecord;
  readonly spec: ExecCommand;
  readonly rows?: number;
  readonly columns?: number;
}

/** A command that runs in a container. With a TTY, output comes on stdout only. */
export interface ContainerExec {
  readonly stdin: NodeJS.WritableStream | undefined;
  readonly stdout: NodeJS.ReadableStream;
  readonly stderr: NodeJS.ReadableStream | undefined;
  /** Resolves when the command has ended and all its output was passed on; 128 + n when signal n ended it. */
  readonly exit: Promise<number>;
  resize(rows: number, columns: number): void;
  /** Host pid of the command; 0 before it runs. */
  readonly pid: number;
  /** Why it cannot be started at all; undefined when it can be tried. */
  readonly refusal?: string;
  /** Resolves when the command runs, or will not. */
  started(): Promise<unknown>;
  /** Sends a signal to the command; to the runtime that is about to start it, when it does not run yet. */
  kill(signal: NodeJS.Signals): void;
}

export interface ExecPlace {
  readonly runtime: Runtime;
  readonly stateRoot: string;
  /** A folder of the container's own in the run root. */
  readonly folder: string;
  /** Host pid of the container's first process. */
  readonly pid: number;
}

let lastExec = 0;

/**
 * Runs a command in a running container.
 * Throws EngineError CONTAINER_USER_UNKNOWN; a program that is missing shows as exit code 127 with the reason on
 * the error output, one that may not be run as 126.
 */
export function startExec(place: ExecPlace, request: ExecRequest): ContainerExec {
  const { spec } = request;
  lastExec += 1;
  const files = execFiles(place.folder, lastExec);
  // With the dot it is the folder, not the link to it.
  const root = `/proc/${place.pid}/root/.`;
  const process = execProcessFor({
    container: request.container,
    command: spec,
    runtime: place.runtime,
    userFiles: userFilesIn(root),
  });
  const failure = whyNotExecutable(root, process);
  if (failure) return endedSession(failure, spec);
  writeFileNow(files.process, JSON.stringify(process), 0o600);
  const argv = runtimeArgv(
    place,
    ['--log', files.log, '--log-format', 'text'],
    ['exec', ...['--process', files.process, '--pid-file', files.pid], request.container.id],
  );
  const lastWords = (): string => failureOf(files.log, spec)?.message ?? '';
  const child = inPrivateMounts({
    hideUnified: place.runtime.hideUnified,
    spawn: () =>
      spec.tty
        ? onTerminal(argv, { size: sizeOf(request), lastWords })
        : spawnWithPipes(argv, {
            stdin: spec.attachStdin,
            stdout: spec.attachStdout,
            stderr: spec.attachStderr,
          }),
  });
  return sessionOf(child, files, spec);
}

/** For a command that cannot run: Docker's words where its output would be, and its exit code. */
function endedSession({ reason, exitCode }: ExecFailure, spec: ExecCommand): ContainerExec {
  const words = Readable.from([Buffer.from(execFailed(reason))]);
  return {
    stdin: spec.attachStdin ? new Writable({ write: (_data, _encoding, done) => done() }) : undefined,
    stdout: words,
    stderr: undefined,
    exit: Promise.resolve(exitCode),
    resize: () => undefined,
    refusal: execFailed(reason).trimEnd(),
    started: () => Promise.resolve(),
    pid: 0,
    kill: () => undefined,
  };
}

function execFailed(reason: string): string {
  return `OCI runtime exec failed: exec failed: unable to start container process: ${reason}: unknown\n`;
}

function onTerminal(...parameters: Parameters<typeof spawnWithTerminal>): AttachedChild {
  try {
    return spawnWithTerminal(...parameters);
  } catch (error) {
    throw isErrno(error, 'ENOENT', 'ENXIO', 'ENOSPC', 'EACCES') ? ptyUnavailable(error) : error;
  }
}

interface ExecFiles {
  readonly process: string;
  readonly pid: string;
  readonly log: string;
}

function execFiles(folder: string, number: number): ExecFiles {
  const base = `${folder}/exec-${globalThis.process.pid}-${number}`;
  return { process: `${base}.json`, pid: `${base}.pid`, log: `${base}.log` };
}

function sizeOf({ rows, columns }: ExecRequest): { rows: number; columns: number } | undefined {
  return rows !== undefined && columns !== undefined ? { rows, columns } : undefined;
}

function sessionOf(child: AttachedChild, files: ExecFiles, spec: ExecCommand): ContainerExec {
  const pidNow = (): number => Number(readText(files.pid) ?? '0');
  let looked: Promise<number> | undefined;
  const started = (): Promise<number> => (looked ??= pidWhenStarted(files, child.ended));
  const whenStarted = (action: (pid: number) => void): void => void started().then(action);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    resize: (rows, columns) => {
      child.resize(rows, columns);
      // crun passes the signal on to the command, but not the size to the command's own terminal.
      whenStarted((pid) => resizeTerminalOf(pid, rows, columns));
    },
    exit: child.ended
      .then((code) => failureOf(files.log, spec)?.exitCode ?? code)
      .finally(() => [files.process, files.pid, files.log].forEach(removeFileNow)),
    get pid() {
      return pidNow();
    },
    started,
    kill: (signal) => {
      whenStarted((pid) => {
        const identity = identifyProcess(pid);
        if (identity) signalProcess(identity, signal);
        else child.kill(signal);
      });
    },
  };
}

const START_LOOKS_MAX = 200;
const START_LOOK_MS = 10;

/** The host pid of the command, which the runtime writes when it runs; 0 when it ended or never came to that. */
async function pidWhenStarted(files: ExecFiles, over: Promise<unknown>): Promise<number> {
  const end = new AbortController();
  void over.catch(() => undefined).finally(() => end.abort());
  for (let look = 0; look < START_LOOKS_MAX && !end.signal.aborted; look += 1) {
    const pid = Number(readText(files.pid) ?? '0');
    if (pid > 0) return pid;
    await new Promise((resolve) => setTimeout(resolve, START_LOOK_MS));
  }
  return 0;
}

/** What the runtime itself had to say, in Docker's words; undefined when the command did run. */
function failureOf(log: string, spec: ExecCommand): { message: string; exitCode: number } | undefined {
  const text = (readText(log) ?? '').trim();
  if (text === '') return undefined;
  const { code, message } = startErrorFor({
    container: '',
    program: spec.argv[0] ?? '',
    message: text,
    command: '',
  });
  const reason = message.replace(/^cannot start container : /, '');
  return {
    message: execFailed(reason),
    exitCode: exitCodeForStartError(code),
  };
}
