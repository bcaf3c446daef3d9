import type { EngineClient } from '../client/client.ts';
import { demux } from '../client/demux.ts';
import type { Project } from '../model/compose.ts';
import { BerthError } from '../model/errors.ts';
import type { WaitCondition } from '../model/plan.ts';
import { ContainerEvents } from '../stack/container-events.ts';
import { tailOf } from '../stack/log-tail.ts';
import { logs, type LogLine } from '../stack/logs.ts';
import type { Replica } from '../stack/ps.ts';
import { waitFor } from '../stack/waits.ts';
import { copyFrom, copyTo, type CopySource } from './copy.ts';
import { noAddress, notPublished, portUnclear, waitFailed, withTails } from './errors.ts';
import { urlOf, type UrlOptions } from './url.ts';
import type { Wait } from './wait.ts';

export type { LogLine } from '../stack/logs.ts';

/** Where something listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface ExecOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly workingDir?: string;
  /** Given to its standard input. */
  readonly input?: string | Buffer;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LogsOptions {
  /** Only the last lines. */
  readonly tail?: number;
  /** Only lines from then on. */
  readonly since?: Date;
}

/** What a handle works with; the stack keeps `replica` up to date. */
export interface ServiceContext {
  readonly client: EngineClient;
  readonly project: Project;
  readonly replica: () => Replica;
  readonly refresh: () => Promise<void>;
}

const WAIT_MS = 60_000;

/** A service of a running stack: one of its replicas. */
export class Service {
  readonly name: string;
  readonly #context: ServiceContext;

  constructor(name: string, context: ServiceContext) {
    this.name = name;
    this.#context = context;
  }

  /** Id of its container. */
  get id(): string {
    return this.#context.replica().id;
  }

  /** Name of its container. */
  get containerName(): string {
    return this.#context.replica().name;
  }

  /** Where the test reaches its published ports. */
  get host(): string {
    return hostOf(this.#published()[0]?.hostIp);
  }

  /**
   * The port of this machine that leads to a port of the container; default: its only published one.
   * @throws {UsageError} PORT_NOT_PUBLISHED
   */
  port(containerPort?: number): number {
    const published = this.#published();
    const found =
      containerPort === undefined
        ? published[0]
        : published.find((port) => port.containerPort === containerPort);
    const ports = [...new Set(published.map((port) => port.containerPort))];
    if (!found) throw notPublished(this.name, containerPort, ports.map(String));
    if (containerPort === undefined && ports.length > 1) throw portUnclear(this.name, ports);
    return found.hostPort;
  }

  /** Its address on a network of the stack, by the network's key; default: the first. */
  address(network?: string): string {
    const { networks } = this.#context.replica();
    const wanted = network === undefined ? undefined : [network, `${this.#context.project.name}_${network}`];
    const found = networks.find(({ name }) => wanted?.includes(name) ?? true);
    if (!found || found.address === '') throw noAddress(this.name, network);
    return found.address;
  }

  /** Where the test reaches a port of the container: published, or by the container's own address. */
  endpoint(containerPort?: number): Endpoint {
    const port = containerPort ?? this.#onlyPort();
    const published = this.#published().find((one) => one.containerPort === port);
    if (published) return { host: hostOf(published.hostIp), port: published.hostPort };
    return { host: this.address(), port };
  }

  /**
   * `http://127.0.0.1:32768`, `postgres://user:password@127.0.0.1:32769/name`, …: the scheme follows the port inside the
   * container, name and password its environment.
   */
  url(options: UrlOptions = {}): string {
    const port = options.port ?? this.#onlyPort();
    const environment = this.#context.project.model.services[this.name]?.environment ?? {};
    return urlOf({ endpoint: this.endpoint(port), containerPort: port, environment, options });
  }

  /** The environment of its process: that of the image and that of the service. */
  async env(): Promise<Readonly<Record<string, string>>> {
    const { Config } = await this.#container.inspect();
    return Object.fromEntries(Config.Env.map((line) => splitOnce(line, '=')));
  }

  /** Runs a command in the container; a text goes to its shell. A bad end is no error: see `exitCode`. */
  async exec(command: string | readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const { env = {}, user, workingDir, input } = options;
    const exec = await this.#container.exec({
      Cmd: typeof command === 'string' ? ['sh', '-c', command] : [...command],
      AttachStdin: input !== undefined,
      AttachStdout: true,
      AttachStderr: true,
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ...(user !== undefined && { User: user }),
      ...(workingDir !== undefined && { WorkingDir: workingDir }),
    });
    const stream = await exec.start();
    stream.end(input ?? '');
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    for await (const piece of demux(stream as AsyncIterable<Buffer>)) output[piece.stream].push(piece.data);
    const { ExitCode } = await exec.inspect();
    const text = (pieces: readonly Buffer[]): string => Buffer.concat(pieces).toString();
    return { exitCode: ExitCode ?? -1, stdout: text(output.stdout), stderr: text(output.stderr) };
  }

  /** What it has written up to now. */
  async logs(options: LogsOptions = {}): Promise<LogLine[]> {
    const signal = new AbortController().signal;
    const lines: LogLine[] = [];
    for await (const line of logs(this.#context.client, this.#logsRequest(options, signal))) lines.push(line);
    return lines;
  }

  /** What it has written and goes on to write; ends with the service or with the signal. */
  logStream(options: LogsOptions & { readonly signal?: AbortSignal } = {}): AsyncIterable<LogLine> {
    const signal = options.signal ?? new AbortController().signal;
    return logs(this.#context.client, { ...this.#logsRequest(options, signal), follow: true });
  }

  /** Puts a file, a folder, or a text given as `content`, at a path of the container, running or not. */
  async copyTo(source: string | CopySource, path: string): Promise<void> {
    await copyTo(this.#container, { source, path });
  }

  /** A file of the container. */
  async copyFrom(path: string): Promise<Buffer> {
    return copyFrom(this.#container, path);
  }

  /** Resolves when the condition holds. @throws {ServiceError} WAIT_TIMEOUT with the end of its log */
  async waitFor(
    one: Wait,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const { timeoutMs = WAIT_MS, signal } = options;
    try {
      await this.within({ ...one, deadlineMs: one.deadlineMs ?? timeoutMs }, signal);
    } catch (error) {
      throw error instanceof BerthError ? withTails(error) : error;
    }
  }

  /** As `waitFor`, as part of another wait. */
  async within(one: Wait, outer: AbortSignal | undefined): Promise<void> {
    const over = new AbortController();
    const timeout = one.deadlineMs === undefined ? undefined : AbortSignal.timeout(one.deadlineMs);
    const signal = AbortSignal.any([over.signal, ...(outer ? [outer] : []), ...(timeout ? [timeout] : [])]);
    try {
      const end = one.failsAtEnd === true ? [this.#end(signal)] : [];
      await Promise.race([one.reach(this, signal), ...end]);
    } catch (error) {
      if (!timeout?.aborted || outer?.aborted) throw error;
      const logTail = await tailOf(this.#context.client, this.containerName);
      throw waitFailed({
        service: this.name,
        what: one.what,
        ms: one.deadlineMs ?? 0,
        logTail,
        cause: error,
      });
    } finally {
      over.abort();
    }
  }

  /** Resolves when the engine says that its container is so. */
  async reach(condition: WaitCondition, signal: AbortSignal): Promise<void> {
    const { client, project } = this.#context;
    const events = new ContainerEvents(client, project.name);
    try {
      await waitFor({ client, events, name: this.containerName, service: this.name, condition, signal });
    } finally {
      events.close();
    }
  }

  /** Stops it, politely first; its published ports are others after the next start. */
  async stop(options: { readonly timeoutSeconds?: number } = {}): Promise<void> {
    await this.#container.stop(options.timeoutSeconds === undefined ? {} : { t: options.timeoutSeconds });
    await this.#context.refresh();
  }

  async start(): Promise<void> {
    await this.#container.start();
    await this.#context.refresh();
  }

  async restart(): Promise<void> {
    await this.#container.restart();
    await this.#context.refresh();
  }

  /** Sends a signal, by default SIGKILL, to its first process. */
  async kill(signal = 'SIGKILL'): Promise<void> {
    await this.#container.kill({ signal });
    await this.#context.refresh();
  }

  /** Freezes its processes; connections to it stay open and silent. */
  async pause(): Promise<void> {
    await this.#container.pause();
  }

  async unpause(): Promise<void> {
    await this.#container.unpause();
  }

  get #container(): ReturnType<EngineClient['getContainer']> {
    return this.#context.client.getContainer(this.id);
  }

  #published(): { hostIp: string; hostPort: number; containerPort: number }[] {
    return this.#context.replica().ports.filter(({ hostPort }) => hostPort > 0);
  }

  #onlyPort(): number {
    const all = this.#published().length > 0 ? this.#published() : this.#context.replica().ports;
    const ports = [...new Set(all.map(({ containerPort }) => containerPort))];
    const [only] = ports;
    if (only === undefined || ports.length > 1) throw portUnclear(this.name, ports);
    return only;
  }

  #logsRequest({ tail, since }: LogsOptions, signal: AbortSignal): Parameters<typeof logs>[1] {
    return {
      projectName: this.#context.project.name,
      services: [this.name],
      index: this.#context.replica().number,
      tail,
      since: since && String(since.getTime() / 1000),
      signal,
    };
  }

  /** Rejects when the container ends. */
  async #end(signal: AbortSignal): Promise<never> {
    try {
      await this.#container.wait({ condition: 'not-running', abortSignal: signal });
    } catch (error) {
      if (!signal.aborted) throw error;
      return await new Promise<never>(() => undefined);
    }
    await this.reach('running', signal);
    throw new Error('it ended');
  }
}

function hostOf(hostIp: string | undefined): string {
  return hostIp === undefined || ['', '0.0.0.0', '::'].includes(hostIp) ? '127.0.0.1' : hostIp;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
