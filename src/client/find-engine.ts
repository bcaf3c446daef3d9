import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watchFolder } from '../host/folder-watch.ts';
import { type DetachedProcess, findUpwards, spawnDetached, tailOfFile } from '../host/spawn-detached.ts';
import { HostError } from '../model/errors.ts';
import type { WireError } from '../model/wire-error.ts';
import { EngineClient } from './client.ts';
import { errnoOf, rebuild } from './errors.ts';

export interface ConnectOptions {
  readonly root: string;
  readonly runRoot: string;
  /** Start an engine where none runs. */
  readonly spawn: boolean;
  /** How long an engine may take to answer; 30 s. */
  readonly waitMs?: number;
  /** Our own version: another one's engine is replaced when it is idle, and noted when it is not. */
  readonly version?: string;
  /** Command that starts the program; by default this Node with `bin/berth.js`. */
  readonly program?: readonly string[];
  /** Another engine's address, `unix:///path`; by default `BERTH_HOST`. */
  readonly host?: string | undefined;
}

const WAIT_MS = 30_000;

/** How long to watch for another command's engine before looking for ourselves again. */
const PATIENCE_MS = 500;

/**
 * A client of the engine of a state root; starts the engine where `spawn` allows. Two commands that find none at the
 * same time end with the same engine.
 * @throws {HostError} NEED_ROOT, ENGINE_NOT_RUNNING, ENGINE_ACCESS, ENGINE_NOT_STARTED, BERTH_HOST_ADDRESS, or
 * whatever kept the engine from starting.
 */
export async function connectEngine(options: ConnectOptions): Promise<EngineClient> {
  const address = options.host ?? process.env['BERTH_HOST'];
  if (address) return connectTo(socketPathOf(address));
  const running = await tryConnect(options);
  if (running) return running;
  if (!options.spawn) return connectTo(socketOf(options));
  return startOrJoin(options);
}

/** Where the engine of a run root listens. */
export function socketOf({ runRoot }: { readonly runRoot: string }): string {
  return `${runRoot}/docker.sock`;
}

async function connectTo(socketPath: string): Promise<EngineClient> {
  const client = new EngineClient(socketPath);
  await client.ping();
  if ((await client.server()).startsWith('Berth/')) return client;
  const { ApiVersion } = await client.version();
  return new EngineClient(socketPath, { docker: { apiMinor: Number(ApiVersion.split('.')[1]) } });
}

function socketPathOf(address: string): string {
  const path = /^unix:\/\/(\/.+)$/.exec(address)?.[1] ?? (address.startsWith('/') ? address : undefined);
  if (path !== undefined) return path;
  throw new HostError(
    'BERTH_HOST_ADDRESS',
    `BERTH_HOST or DOCKER_HOST is "${address}", which is not the address of a unix socket`,
    {
      hint: 'Write BERTH_HOST=unix:///path/to/the.sock, or unset both to use the engine of the state root.',
    },
  );
}

/** A client of the running engine; undefined when none answers, or when an idle one of another version was ended. */
async function tryConnect(options: ConnectOptions): Promise<EngineClient | undefined> {
  const client = new EngineClient(socketOf(options));
  try {
    const server = await client.server();
    return (await suits(client, server, options)) ? client : undefined;
  } catch (error) {
    const code = error instanceof HostError ? error.code : undefined;
    if (code === 'ENGINE_NOT_RUNNING' || code === 'ENGINE_GONE') return undefined;
    throw error;
  }
}

/** An engine of another version serves on while containers run under it, and leaves otherwise. */
async function suits(client: EngineClient, server: string, options: ConnectOptions): Promise<boolean> {
  const found = /^Berth\/(.+)$/.exec(server)?.[1];
  if (found === undefined || options.version === undefined || found === options.version) return true;
  const status = await client.own.status();
  if (options.spawn && status.containersRunning === 0) {
    await client.own.stop();
    client.close();
    return false;
  }
  client.notes.push(
    `the running engine is version ${found}, this command is ${options.version}: restart it with \`berth engine stop\`; containers go on`,
  );
  return true;
}

async function startOrJoin(options: ConnectOptions): Promise<EngineClient> {
  const deadlineMs = Date.now() + (options.waitMs ?? WAIT_MS);
  for (;;) {
    const outcome = await startEngine(options, deadlineMs);
    const client = await tryConnect(options);
    if (client) return client;
    if (outcome === 'other engine') await socketChange(options, deadlineMs);
    if (Date.now() >= deadlineMs) throw notStarted(options, 'it did not answer in time');
  }
}

/** Resolves when our engine is ready, or when it found that another holds the state root. */
async function startEngine(options: ConnectOptions, deadlineMs: number): Promise<'ready' | 'other engine'> {
  const argv = [...programOf(options), '--root', options.root, '--run-root', options.runRoot];
  const engine = spawnEngine([...argv, 'engine', 'run', '--detached'], options);
  const report = await beforeDeadline(engine.report, deadlineMs, options);
  if (report.startsWith('ready')) return 'ready';
  const error = errorIn(report);
  if (!error) throw notStarted(options, 'it ended before it was ready');
  if (error.code === 'ENGINE_RUNNING') return 'other engine';
  throw rebuild(error);
}

function spawnEngine(argv: readonly string[], options: ConnectOptions): DetachedProcess {
  try {
    return spawnDetached(argv, { log: logOf(options) });
  } catch (error) {
    if (['EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) throw needRoot(error);
    throw notStarted(options, error instanceof Error ? error.message : String(error));
  }
}

/** The engine says the same when it is started by a user who may write to the run root. */
function needRoot(cause: unknown): HostError {
  return new HostError('NEED_ROOT', 'no engine is running, and starting one needs root', {
    hint: 'Run the command with sudo. Later commands need no sudo for members of the group berth.',
    cause,
  });
}

function errorIn(report: string): WireError | undefined {
  const json = /^error (\{.*\})$/m.exec(report)?.[1];
  if (json === undefined) return undefined;
  const error = JSON.parse(json) as Partial<WireError>;
  return { kind: 'host', code: 'ENGINE_NOT_STARTED', message: 'the engine did not start', ...error };
}

async function beforeDeadline<T>(work: Promise<T>, deadlineMs: number, options: ConnectOptions): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const fail = (): void => reject(notStarted(options, 'it was not ready in time'));
    timer = setTimeout(fail, Math.max(0, deadlineMs - Date.now()));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The other engine's socket appears in the run root, or it goes away and it is our turn again. */
async function socketChange(options: ConnectOptions, deadlineMs: number): Promise<void> {
  const waitMs = Math.min(PATIENCE_MS, Math.max(0, deadlineMs - Date.now()));
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, waitMs);
    const watch = watchFolder(options.runRoot, (name) => {
      if (name === 'docker.sock') done();
    });
    function done(): void {
      clearTimeout(timer);
      watch.close();
      resolve();
    }
  });
}

function programOf(options: ConnectOptions): readonly string[] {
  if (options.program) return options.program;
  const script = findUpwards(dirname(fileURLToPath(import.meta.url)), 'bin/berth.js');
  if (script !== undefined) return [process.execPath, script];
  throw new HostError('ENGINE_NOT_STARTED', 'the program bin/berth.js is missing beside this library', {
    hint: 'Install Berth again.',
  });
}

function logOf({ runRoot }: ConnectOptions): string {
  return `${runRoot}/engine.log`;
}

function notStarted(options: ConnectOptions, reason: string): HostError {
  const tail = tailOfFile(logOf(options), 10);
  return new HostError('ENGINE_NOT_STARTED', `the engine did not start: ${reason}`, {
    hint: `See ${logOf(options)}, or start it in the foreground: berth engine run`,
    ...(tail.length > 0 && { stderr: tail.join('\n') }),
  });
}
