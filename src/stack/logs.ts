import { isOneOff, label, numberOf, serviceOf } from '../plan/labels.ts';
import type { ObservedContainer } from '../plan/observed.ts';
import { isRunning } from '../plan/observed.ts';
import { ContainerEvents } from './container-events.ts';
import type { EngineClientLike, LogsRequest } from './engine-client.ts';
import { LineReader, secondsAfter, type RawLine } from './log-lines.ts';
import { observedContainer } from './observe.ts';
import { TimeMerger } from './time-merger.ts';

export interface LogLine extends RawLine {
  readonly container: string;
  readonly service: string;
  readonly number: number;
}

export interface LogsOptions {
  readonly projectName: string;
  /** Empty: all. */
  readonly services: readonly string[];
  readonly index?: number | undefined;
  readonly follow?: boolean | undefined;
  /** Lines of each container; undefined: all. */
  readonly tail?: number | undefined;
  /** Seconds since 1970, with a fraction where wanted. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * What the services said, as one stream in the order of time. With `follow` it goes on through restarts and recreates,
 * takes in new replicas, and ends when nothing of the project runs any more.
 */
export function logs(client: EngineClientLike, options: LogsOptions): AsyncIterable<LogLine> {
  return options.follow ? new Follower(client, options).lines() : written(client, options);
}

async function* written(client: EngineClientLike, options: LogsOptions): AsyncIterable<LogLine> {
  const containers = await containersOf(client, options);
  const all = await Promise.all(containers.map((container) => linesOf(client, container, options)));
  const lines = all.flat();
  lines.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  yield* lines;
}

async function linesOf(
  client: EngineClientLike,
  container: ObservedContainer,
  options: LogsOptions,
): Promise<LogLine[]> {
  const framed = await client.getContainer(container.id).logs(requestFor(options));
  const reader = new LineReader();
  return [...reader.push(Buffer.from(framed)), ...reader.end()].map((line) => named(line, container));
}

async function containersOf(client: EngineClientLike, options: LogsOptions): Promise<ObservedContainer[]> {
  const filters = { label: [`${label.project}=${options.projectName}`] };
  const containers = (await client.listContainers({ all: true, filters })).map(observedContainer);
  return containers.filter((container) => isWanted(container, options));
}

function isWanted(container: ObservedContainer, options: LogsOptions): boolean {
  if (isOneOff(container)) return false;
  if (options.index !== undefined && numberOf(container) !== options.index) return false;
  return options.services.length === 0 || options.services.includes(serviceOf(container));
}

function requestFor(options: LogsOptions): LogsRequest {
  const { tail, since, until, signal } = options;
  return {
    stdout: true,
    stderr: true,
    timestamps: true,
    abortSignal: signal,
    ...(tail !== undefined && { tail }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

function named(line: RawLine, container: ObservedContainer): LogLine {
  return {
    ...line,
    container: container.name,
    service: serviceOf(container),
    number: numberOf(container),
  };
}

/** Follows every container of the wanted services, and those that start later. */
class Follower {
  readonly #client: EngineClientLike;
  readonly #options: LogsOptions;
  readonly #events: ContainerEvents;
  readonly #merger = new TimeMerger<LogLine>();
  /** Container id → time of the last line that came. */
  readonly #lastTimes = new Map<string, string>();
  readonly #open = new Set<string>();
  readonly #closing = new AbortController();

  constructor(client: EngineClientLike, options: LogsOptions) {
    this.#client = client;
    this.#options = options;
    this.#events = new ContainerEvents(client, options.projectName);
  }

  async *lines(): AsyncIterable<LogLine> {
    const stop = () => this.#stop();
    this.#options.signal.addEventListener('abort', stop, { once: true });
    try {
      await this.#events.listen(({ action, id }) => {
        if (action === 'start') void this.#takeIn(id);
        if (['die', 'destroy'].includes(action)) void this.#endWhenAllEnded();
      });
      this.#events.broken().catch((error: unknown) => this.#merger.fail(error));
      for (const container of await containersOf(this.#client, this.#options)) void this.#follow(container);
      void this.#endWhenAllEnded();
      yield* this.#merger.items();
    } finally {
      this.#options.signal.removeEventListener('abort', stop);
      this.#stop();
    }
  }

  #stop(): void {
    this.#closing.abort();
    this.#events.close();
    this.#merger.end();
  }

  async #takeIn(id: string): Promise<void> {
    const containers = await containersOf(this.#client, this.#options);
    const container = containers.find((candidate) => candidate.id === id);
    if (container) await this.#follow(container);
  }

  async #follow(container: ObservedContainer): Promise<void> {
    if (this.#open.has(container.id) || this.#isClosed()) return;
    this.#open.add(container.id);
    try {
      await this.#copyLines(container);
    } catch (error) {
      if (!this.#isClosed()) this.#merger.fail(error);
    }
    this.#open.delete(container.id);
    await this.#endWhenAllEnded();
  }

  async #copyLines(container: ObservedContainer): Promise<void> {
    const last = this.#lastTimes.get(container.id);
    const request = requestFor(this.#options);
    const resumed = last === undefined ? request : { ...untailed(request), since: secondsAfter(last) };
    const stream = await this.#client
      .getContainer(container.id)
      .logs({ ...resumed, follow: true, abortSignal: this.#closing.signal });
    const reader = new LineReader();
    const take = (lines: readonly RawLine[]) => {
      for (const line of lines) {
        this.#lastTimes.set(container.id, line.time);
        this.#merger.push(named(line, container));
      }
    };
    for await (const chunk of stream) take(reader.push(Buffer.from(chunk)));
    take(reader.end());
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #isReading(): boolean {
    return this.#open.size > 0;
  }

  /** Between a death and the restart that a policy makes, nothing is open but the container still counts. */
  async #endWhenAllEnded(): Promise<void> {
    if (this.#isReading() || this.#isClosed()) return;
    try {
      const containers = await containersOf(this.#client, this.#options);
      const alive = containers.filter(isRunning);
      if (this.#isReading()) return;
      if (alive.length === 0) this.#merger.end();
      for (const container of alive.filter(({ status }) => status === 'running'))
        void this.#follow(container);
    } catch (error) {
      this.#merger.fail(error);
    }
  }
}

function untailed(request: LogsRequest): LogsRequest {
  return Object.fromEntries(
    Object.entries(request).filter(([key]) => key !== 'tail'),
  ) as unknown as LogsRequest;
}
