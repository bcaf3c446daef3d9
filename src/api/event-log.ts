import type { EngineApi, EngineEvent } from '../engine/engine-api.ts';

/** As many as dockerd remembers. */
const REMEMBERED = 256;

/** The latest events since the engine began to serve, for clients that ask for the past. */
export class EventLog {
  readonly #events: EngineEvent[] = [];

  /** Records until `signal` aborts. */
  constructor(engine: EngineApi, signal: AbortSignal) {
    void this.#record(engine.events(signal));
  }

  /** Oldest first. */
  past(): readonly EngineEvent[] {
    return [...this.#events];
  }

  async #record(source: AsyncIterable<EngineEvent>): Promise<void> {
    for await (const event of source) {
      this.#events.push(event);
      if (this.#events.length > REMEMBERED) this.#events.shift();
    }
  }
}
