import { label } from '../plan/labels.ts';
import type { EngineClientLike } from './engine-client.ts';
import { streamEnded } from './errors.ts';
import { LineCutter } from './frames.ts';

/** An event of a container, as `GET /events` tells it. */
export interface ContainerEvent {
  readonly action: string;
  readonly id: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

type Listener = (event: ContainerEvent) => void;

/** One stream of events for everybody who waits for containers of a project. Opened when it is first needed. */
export class ContainerEvents {
  readonly #client: EngineClientLike;
  readonly #projectName: string;
  readonly #listeners = new Set<Listener>();
  readonly #closing = new AbortController();
  #opened: Promise<void> | undefined;
  #failed: ((error: Error) => void)[] = [];

  constructor(client: EngineClientLike, projectName: string) {
    this.#client = client;
    this.#projectName = projectName;
  }

  /** Resolves when every event from now on will reach `listener`; call the result to leave. */
  async listen(listener: Listener): Promise<() => void> {
    this.#opened ??= this.#open();
    await this.#opened;
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Rejects when the stream breaks, as it does when the engine dies. */
  broken(): Promise<never> {
    return new Promise((_, reject) => this.#failed.push(reject));
  }

  close(): void {
    this.#closing.abort();
  }

  async #open(): Promise<void> {
    const filters = { type: ['container'], label: [`${label.project}=${this.#projectName}`] };
    const stream = await this.#client.getEvents({ filters, abortSignal: this.#closing.signal });
    const lines = new LineCutter();
    stream.on('data', (chunk: Buffer) => {
      for (const line of lines.push(Buffer.from(chunk))) this.#tell(line);
    });
    stream.on('error', (error: Error) => this.#fail(error));
    stream.on('close', () => this.#fail(streamEnded()));
    this.#closing.signal.addEventListener('abort', () => stream.destroy());
  }

  #tell(line: string): void {
    if (line.trim() === '') return;
    const event = JSON.parse(line) as {
      Action?: string;
      Actor?: { ID?: string; Attributes?: Record<string, string> };
    };
    const attributes = event.Actor?.Attributes ?? {};
    const told = {
      action: event.Action ?? '',
      id: event.Actor?.ID ?? '',
      name: attributes['name'] ?? '',
      attributes,
    };
    for (const listener of [...this.#listeners]) listener(told);
  }

  #fail(error: Error): void {
    if (this.#closing.signal.aborted) return;
    for (const reject of this.#failed.splice(0)) reject(error);
  }
}
