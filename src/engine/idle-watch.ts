import type { Engine } from './engine.ts';
import type { ServedApi } from './main.ts';

/** Nothing exists at all: leave almost at once, so that `down` leaves nothing behind. */
const EMPTY_MS = 300;
/** Networks or stopped containers exist: stay a little for the next command. */
const QUIET_MS = 5000;

/** Ends a detached engine when no container runs or is about to, and no client is connected. */
export class IdleWatch {
  readonly #engine: Engine;
  readonly #api: ServedApi;
  readonly #leave: () => void;
  readonly #unlisten: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: { engine: Engine; api: ServedApi; leave: () => void }) {
    this.#engine = parts.engine;
    this.#api = parts.api;
    this.#leave = parts.leave;
    this.#unlisten = this.#engine.onChange(() => this.#look());
    this.#api.onConnectionsChange(() => this.#look());
    this.#look();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#unlisten();
  }

  #look(): void {
    clearTimeout(this.#timer);
    if (this.#busy()) return;
    this.#timer = setTimeout(
      () => {
        if (!this.#busy()) this.#leave();
      },
      this.#engine.isEmpty() ? EMPTY_MS : QUIET_MS,
    );
  }

  #busy(): boolean {
    return this.#engine.isBusy() || this.#api.connections() > 0;
  }
}
