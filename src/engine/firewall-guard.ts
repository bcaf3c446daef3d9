/** What tells that rules are gone: `watchPacketRules`, or a test. */
export type LossWatch = (lost: () => void) => { close(): void } | undefined;

export interface FirewallGuardOptions {
  readonly watch: LossWatch;
  /** Looks whether our rules stand and puts back what does not. */
  readonly mend: () => Promise<void>;
  readonly failed: (error: unknown) => void;
  /** From the first sign to the look: a flush or a reload is many changes. */
  readonly settleMs?: number;
  /** Between two looks: whoever fights us for the rules does not get all of the processor. */
  readonly restMs?: number;
}

/** Puts our rules back when anybody takes them away. Established connections go on: the kernel knows them by itself. */
export class FirewallGuard {
  readonly #options: Required<FirewallGuardOptions>;
  #watch: { close(): void } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isMending = false;
  /** How often something was lost so far. */
  #signs = 0;
  #lastEnd = -Infinity;

  constructor(options: FirewallGuardOptions) {
    this.#options = { settleMs: 60, restMs: 400, ...options };
  }

  start(): void {
    this.#watch ??= this.#options.watch(() => this.#lost());
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#watch?.close();
    this.#watch = undefined;
  }

  #lost(): void {
    this.#signs += 1;
    if (this.#isMending || this.#timer) return;
    const { settleMs, restMs } = this.#options;
    const waitMs = Math.max(settleMs, this.#lastEnd + restMs - performance.now());
    this.#timer = setTimeout(() => void this.#look(), waitMs);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    const seen = this.#signs;
    this.#isMending = true;
    try {
      await this.#options.mend();
    } catch (error) {
      this.#options.failed(error);
    } finally {
      this.#isMending = false;
      this.#lastEnd = performance.now();
    }
    if (this.#signs > seen && this.#watch) this.#lost();
  }
}
