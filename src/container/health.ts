import type { HealthProbeResult, HealthState } from '../model/container.ts';
import { formatDuration } from '../model/go-duration.ts';
import { afterProbe, delayBeforeProbe, STARTING, type HealthSettings } from './health-state.ts';

/** What a probe came to. -1 as exit code: it did not end in time, or could not run. */
export interface ProbeOutcome {
  readonly exitCode: number;
  readonly output: string;
}

/** The time, as something that a test can hold. */
export interface HealthClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once after so many milliseconds; call the result to forget it. */
  after(delayMs: number, action: () => void): () => void;
}

export interface HealthMonitorOptions {
  readonly settings: HealthSettings;
  /** When the container started, milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Runs the command in the container, and ends it when the signal aborts. */
  readonly probe: (argv: readonly string[], signal: AbortSignal) => Promise<ProbeOutcome>;
  /** Called after each probe; `changed` when the status is another one than before. */
  readonly onProbe: (state: HealthState, changed: boolean) => void;
  /** For a container of an earlier engine: its health then. */
  readonly initial?: HealthState | undefined;
  readonly clock?: HealthClock;
}

/**
 * Probes the health of one container until it is stopped: one probe at a time, the next one an interval after the end
 * of the last.
 */
export class HealthMonitor {
  readonly #options: HealthMonitorOptions;
  readonly #clock: HealthClock;
  readonly #stopped = new AbortController();
  #state: HealthState;
  #forget: () => void = () => undefined;

  constructor(options: HealthMonitorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#state = options.initial ?? STARTING;
  }

  get state(): HealthState {
    return this.#state;
  }

  start(): void {
    this.#schedule();
  }

  /** No more probes; one that runs is ended, and its result is not told. */
  stop(): void {
    this.#forget();
    this.#stopped.abort();
  }

  #schedule(): void {
    const { settings, startedAtMs } = this.#options;
    const delay = delayBeforeProbe(this.#state, settings, this.#clock.now() - startedAtMs);
    this.#forget = this.#clock.after(delay, () => void this.#probe());
  }

  async #probe(): Promise<void> {
    const { settings, startedAtMs, onProbe } = this.#options;
    const startMs = this.#clock.now();
    const outcome = await this.#runInTime();
    if (this.#stopped.signal.aborted) return;
    const result: HealthProbeResult = {
      start: new Date(startMs).toISOString(),
      end: new Date(this.#clock.now()).toISOString(),
      exitCode: outcome.exitCode,
      output: outcome.output.slice(0, OUTPUT_MAX),
    };
    const before = this.#state;
    this.#state = afterProbe(before, settings, { result, ranMs: startMs - startedAtMs });
    onProbe(this.#state, this.#state.status !== before.status);
    this.#schedule();
  }

  /** Does not trust the probe to end: after the time its result no longer counts. */
  async #runInTime(): Promise<ProbeOutcome> {
    const { settings, probe } = this.#options;
    const timeUp = new AbortController();
    const late = new Promise<ProbeOutcome>((resolve) => {
      const forget = this.#clock.after(settings.timeoutMs, () => {
        timeUp.abort();
        const limit = formatDuration(BigInt(Math.round(settings.timeoutMs * 1e6)));
        const text = `Health check exceeded timeout (${limit})`;
        resolve({ exitCode: -1, output: text });
      });
      timeUp.signal.addEventListener('abort', forget);
    });
    const signal = AbortSignal.any([timeUp.signal, this.#stopped.signal]);
    const outcome = await Promise.race([probe(settings.argv, signal).catch(failedProbe), late]);
    timeUp.abort();
    return outcome;
  }
}

/** As much of a probe's output as is kept. */
const OUTPUT_MAX = 4096;

function failedProbe(error: unknown): ProbeOutcome {
  return { exitCode: -1, output: error instanceof Error ? error.message : String(error) };
}

const systemClock: HealthClock = {
  now: () => Date.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};
