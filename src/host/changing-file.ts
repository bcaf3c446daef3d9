import { readFileSync, statSync } from 'node:fs';

/**
 * A text file that others change at any time, in place or by putting another in its place, behind links or bind
 * mounts. Looked at whenever it is asked for, which costs one `stat`: a watch would have to follow every link on
 * the way and would miss what happens to a bind-mounted file.
 */
export class ChangingFile {
  readonly #path: string;
  #seen = '';
  #text: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** The file's text now; `undefined` while there is none that can be read. The same string until it changes. */
  read(): string | undefined {
    const mark = this.#mark();
    if (mark !== '' && mark === this.#seen) return this.#text;
    this.#seen = mark;
    this.#text = this.#readNow();
    return this.#text;
  }

  /** What changes with the content. Empty: not to be trusted, as another change may leave the same times. */
  #mark(): string {
    try {
      const facts = statSync(this.#path, { bigint: true });
      const ageMs = Date.now() - Number(facts.ctimeMs);
      if (ageMs < CLOCK_STEP_MS) return '';
      return [facts.dev, facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].join(' ');
    } catch {
      return '';
    }
  }

  #readNow(): string | undefined {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch {
      return undefined;
    }
  }
}

/** Two writes within one step of the kernel's clock carry the same time. */
const CLOCK_STEP_MS = 50;
