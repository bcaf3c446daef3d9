/** Nothing must have changed for this long before anything is done about it. */
const QUIET_MS = 500;
/** Files that change all the time are dealt with this often. */
const PATIENCE_MS = 5000;

/** Collects paths until there is quiet, then hands them on together; each path once. */
export class QuietPeriod {
  readonly #onQuiet: (paths: ReadonlySet<string>) => void;
  #paths = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #firstMs = 0;

  constructor(onQuiet: (paths: ReadonlySet<string>) => void) {
    this.#onQuiet = onQuiet;
  }

  add(path: string): void {
    const now = Date.now();
    if (this.#paths.size === 0) this.#firstMs = now;
    this.#paths.add(path);
    if (this.#timer && now - this.#firstMs > PATIENCE_MS) return;
    if (this.#timer) this.#timer.refresh();
    else this.#timer = setTimeout(() => this.#release(), QUIET_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#paths.clear();
  }

  #release(): void {
    this.#timer = undefined;
    const paths = this.#paths;
    this.#paths = new Set();
    this.#onQuiet(paths);
  }
}
