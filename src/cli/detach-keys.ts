import { Transform, type TransformCallback } from 'node:stream';
import { badValue } from './values.ts';

export const DEFAULT_DETACH_KEYS = 'ctrl-p,ctrl-q';

/**
 * The bytes of a key sequence as Docker writes it: `ctrl-p,ctrl-q`, `ctrl-@`, `a,b`.
 * @throws {UsageError} BAD_VALUE
 */
export function detachSequence(keys: string): Buffer {
  const bytes = keys.split(',').map((key) => {
    if (key.length === 1) return key.charCodeAt(0);
    const letter = /^ctrl-([a-z@[\\\]^_])$/i.exec(key)?.[1]?.toUpperCase();
    if (letter === undefined) throw badValue(key, 'a key: a letter, or ctrl- and one of a-z @ [ \\ ] ^ _');
    return letter.charCodeAt(0) - 64;
  });
  return Buffer.from(bytes);
}

/** Passes input on until the sequence has been typed; what may be its beginning is held back. */
export class DetachFilter extends Transform {
  readonly #sequence: Buffer;
  readonly #onDetach: () => void;
  #matched = 0;

  constructor(sequence: Buffer, onDetach: () => void) {
    super();
    this.#sequence = sequence;
    this.#onDetach = onDetach;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const out: number[] = [];
    for (const byte of chunk) {
      if (byte === this.#sequence[this.#matched]) {
        this.#matched += 1;
        if (this.#matched === this.#sequence.length) {
          this.#matched = 0;
          this.#onDetach();
          done(null, Buffer.from(out));
          return;
        }
        continue;
      }
      out.push(...this.#sequence.subarray(0, this.#matched));
      this.#matched = byte === this.#sequence[0] ? 1 : 0;
      if (this.#matched === 0) out.push(byte);
    }
    done(null, Buffer.from(out));
  }
}
