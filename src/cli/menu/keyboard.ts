import { onProcessExit } from '../at-exit.ts';

/**
 * Single keys of the terminal, until released. Ctrl-C and Ctrl-\ do what they do without us. However the process ends,
 * the terminal is as before.
 */
export class Keyboard {
  readonly #onKey: (key: string) => void;
  readonly #forget: () => void;
  #isOpen = false;

  constructor(onKey: (key: string) => void) {
    this.#onKey = onKey;
    this.#forget = onProcessExit(() => this.#cook());
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    process.stdin.setRawMode(true);
    process.stdin.on('data', this.#take);
    process.stdin.resume();
  }

  /** Gives the terminal back; keys go to whoever reads it then. */
  close(): void {
    if (!this.#isOpen) return;
    process.stdin.off('data', this.#take);
    process.stdin.pause();
    this.#cook();
  }

  end(): void {
    this.close();
    this.#forget();
  }

  #cook(): void {
    if (this.#isOpen) process.stdin.setRawMode(false);
    this.#isOpen = false;
  }

  /** What an arrow or a pasted text sends comes as several bytes at once: no key of ours. */
  readonly #take = (data: Buffer): void => {
    const text = data.toString();
    if (text.includes('\u0003')) process.kill(process.pid, 'SIGINT');
    else if (text.includes('\u001c')) {
      this.#cook();
      process.kill(process.pid, 'SIGQUIT');
    } else if (Array.from(text).length === 1) this.#onKey(text);
  };
}
