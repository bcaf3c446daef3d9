import type { Terminal } from '../context.ts';

/** Ends a line's erasure before it is written anew, and hides nothing else of the terminal. */
const CLEAR_LINE = '\r\u001b[2K';

/** A line that stays at the bottom of the terminal while others are written above it. */
export class Screen {
  readonly #terminal: Terminal;
  #bottom = '';
  #isDrawn = false;
  /** Lines that wait while the terminal belongs to somebody else. */
  #held: (() => void)[] | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** A terminal whose lines go above the bottom line. */
  above(terminal: Terminal): Terminal {
    const write = (text: string) => this.#above(() => terminal.write(text));
    return {
      isTty: terminal.isTty,
      get width() {
        return terminal.width;
      },
      colours: terminal.colours,
      write,
      line: (text) => write(`${text}\n`),
    };
  }

  /** Sets the bottom line; what does not fit is cut off. */
  show(text: string): void {
    this.#bottom = text;
    if (!this.#held) this.#redraw();
  }

  /** Takes the bottom line away, and keeps what is written until `resume`. */
  hold(): void {
    this.#erase();
    this.#held ??= [];
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const write of held) write();
    this.#redraw();
  }

  /** The terminal as it was: what waits is written, the bottom line is gone. */
  close(): void {
    this.#bottom = '';
    this.resume();
  }

  #above(write: () => void): void {
    if (this.#held) {
      this.#held.push(write);
      return;
    }
    this.#erase();
    write();
    this.#draw();
  }

  #redraw(): void {
    this.#erase();
    this.#draw();
  }

  #erase(): void {
    if (this.#isDrawn) this.#terminal.write(CLEAR_LINE);
    this.#isDrawn = false;
  }

  #draw(): void {
    if (this.#bottom === '') return;
    this.#terminal.write(clipped(this.#bottom, this.#terminal.width - 1));
    this.#isDrawn = true;
  }
}

/** The first columns of a text, with its colours, which end with it. */
export function clipped(text: string, width: number): string {
  const escape = String.fromCharCode(27);
  const pieces = text.split(new RegExp(`(${escape}\\[[0-9;]*m)`));
  let left = width;
  const shown = pieces.map((piece, index) => {
    if (index % 2 === 1) return piece;
    const part = Array.from(piece).slice(0, Math.max(0, left)).join('');
    left -= Array.from(piece).length;
    return part;
  });
  return shown.join('');
}
