import { isRunning, type ObservedContainer } from '../plan/observed.ts';
import { ContainerEvents } from './container-events.ts';
import type { EngineClientLike, LogsRequest } from './engine-client.ts';
import { LineReader, secondsAfter, type RawLine } from './log-lines.ts';
import { containersOf, named, requestFor, type LogLine, type LogsOptions } from './log-sources.ts';
import { TimeMerger } from './time-merger.ts';

/** Follows every container of the wanted services, and those that start later. */
export class Follower {
  readonly #client: EngineClientLike;
  readonly #options: LogsOptions;
  readonly #events: ContainerEvents;
  readonly #merger = new TimeMerger<LogLine>();
  /** Container id → time of the last line that came; outlives the connection. */
  readonly #lastTimes: Map<string, string>;
  readonly #open = new Set<string>();
  readonly #closing = new AbortController();
  readonly #began = new Date().toISOString();
  /** Containers that were told to stop: what restarts or replaces them starts in a moment. */
  readonly #told = new Set<string>();
  #wasTold = false;
  #waiting: NodeJS.Timeout | undefined;
  /** The containers that were there at the beginning are being read. */
  #firstTaken = false;

  constructor(about: { client: EngineClientLike; options: LogsOptions; lastTimes: Map<string, string> }) {
    const { client, options, lastTimes } = about;
    this.#client = client;
    this.#options = options;
    this.#lastTimes = lastTimes;
    this.#events = new ContainerEvents(client, options.projectName);
  }

  async *lines(): AsyncIterable<LogLine> {
    const stop = () => this.#stop();
    this.#options.signal.addEventListener('abort', stop, { once: true });
    try {
      await this.#events.listen(({ action, id }) => {
        if (action === 'start') void this.#takeIn(id);
        if (action === 'kill') this.#told.add(id);
        if (action === 'die') this.#wasTold = this.#told.delete(id);
        if (['die', 'destroy'].includes(action)) void this.#endWhenAllEnded();
      });
      this.#events.broken().catch((error: unknown) => this.#merger.fail(error));
      for (const container of await containersOf(this.#client, this.#options)) void this.#follow(container);
      this.#firstTaken = true;
      void this.#endWhenAllEnded();
      yield* this.#merger.items();
    } finally {
      this.#options.signal.removeEventListener('abort', stop);
      this.#stop();
    }
  }

  #stop(): void {
    clearTimeout(this.#waiting);
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
    // `tail` is about what was said before: whoever starts while we follow is heard from its first word.
    const last = this.#lastTimes.get(container.id) ?? (this.#firstTaken ? this.#began : undefined);
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
  async #endWhenAllEnded(hasWaited = false): Promise<void> {
    if (this.#isReading() || this.#isClosed()) return;
    try {
      const containers = await containersOf(this.#client, this.#options);
      const alive = containers.filter(isRunning);
      if (this.#isReading()) return;
      if (alive.length === 0) this.#endOrWait(hasWaited);
      for (const container of alive.filter(({ status }) => status === 'running'))
        void this.#follow(container);
    } catch (error) {
      this.#merger.fail(error);
    }
  }

  /** A restart from elsewhere, or a recreate, begins with an end. */
  #endOrWait(hasWaited: boolean): void {
    const patienceMs = this.#options.patienceMs?.() ?? 0;
    if (patienceMs === Infinity) return;
    if (hasWaited || !this.#wasTold || patienceMs === 0) this.#merger.end();
    else this.#waiting ??= setTimeout(() => this.#patienceIsOver(), patienceMs);
  }

  #patienceIsOver(): void {
    this.#waiting = undefined;
    void this.#endWhenAllEnded(true);
  }
}

function untailed(request: LogsRequest): LogsRequest {
  return Object.fromEntries(
    Object.entries(request).filter(([key]) => key !== 'tail'),
  ) as unknown as LogsRequest;
}
