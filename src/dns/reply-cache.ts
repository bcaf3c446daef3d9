import { HEADER_LENGTH, LABEL_LENGTH_MAX } from './codes.ts';
import type { ReplyTemplate } from './reply.ts';

/**
 * Replies by the bytes of their question: all behind the flags counts, but not the case of the name. Finding one
 * makes no garbage and reads each byte twice. Of a fixed size: what clients vary (names, cookies) pushes others out.
 */
export class ReplyCache {
  readonly #entries: (Entry | undefined)[] = [];
  #nameEnd = 0;
  #hash = 0;

  /** The reply to the message of `length` bytes at `at`, if one like it was kept. */
  find(bytes: Buffer, at: number, length: number): ReplyTemplate | undefined {
    if (this.#entries.length === 0 || !this.#read(bytes, at, length)) return undefined;
    for (let step = 0; step < STEPS; step++) {
      const entry = this.#entries[(this.#hash + step) & MASK];
      if (entry?.hash === this.#hash && this.#isSame(entry.key, bytes, at, length)) return entry.template;
    }
    return undefined;
  }

  keep(message: Buffer, template: ReplyTemplate): void {
    if (message.length > KEPT_LENGTH_MAX || !this.#read(message, 0, message.length)) return;
    if (this.#entries.length === 0) this.#entries.length = MASK + 1;
    const hash = this.#hash;
    const entry = { hash, key: foldedKey(message, this.#nameEnd), template };
    for (let step = 0; step < STEPS; step++) {
      const slot = (hash + step) & MASK;
      if (this.#entries[slot] && step < STEPS - 1) continue;
      this.#entries[slot] = entry;
      return;
    }
  }

  clear(): void {
    if (this.#entries.length > 0) this.#entries.length = 0;
  }

  /** Finds the end of the name, and the hash (FNV-1a). False: not a plain question. */
  #read(bytes: Buffer, at: number, length: number): boolean {
    const end = at + length;
    if (length <= HEADER_LENGTH || ((bytes[at + 2] ?? 0) & UNUSUAL_FLAGS) !== 0) return false;
    let nameEnd = at + HEADER_LENGTH;
    for (;;) {
      const label = bytes[nameEnd] ?? 0;
      if (label > LABEL_LENGTH_MAX || nameEnd >= end) return false;
      nameEnd += 1 + label;
      if (label === 0) break;
    }
    let hash = 0x811c9dc5;
    for (let index = at + BEHIND_FLAGS; index < end; index++) {
      const byte = bytes[index] ?? 0;
      hash = Math.imul(hash ^ (isName(index - at, nameEnd - at) ? folded(byte) : byte), 0x01000193);
    }
    this.#nameEnd = nameEnd - at;
    this.#hash = hash;
    return true;
  }

  #isSame(key: Buffer, bytes: Buffer, at: number, length: number): boolean {
    if (key.length !== length - BEHIND_FLAGS) return false;
    for (let index = BEHIND_FLAGS; index < length; index++) {
      const byte = bytes[at + index] ?? 0;
      const plain = isName(index, this.#nameEnd) ? folded(byte) : byte;
      if (key[index - BEHIND_FLAGS] !== plain) return false;
    }
    return true;
  }
}

interface Entry {
  readonly hash: number;
  /** All behind the flags, the name in lower case. */
  readonly key: Buffer;
  readonly template: ReplyTemplate;
}

/** Replies kept for one container and transport, less one. */
const MASK = 0xff;
/** Places where an entry may stand; then it takes that of another. */
const STEPS = 4;
const KEPT_LENGTH_MAX = 600;
/** QR, opcode, AA, TC: all zero in a plain question. */
const UNUSUAL_FLAGS = 0xfe;
/** All behind id and flags: the counts, the question, the OPT record. */
const BEHIND_FLAGS = 4;

function isName(index: number, nameEnd: number): boolean {
  return index >= HEADER_LENGTH && index < nameEnd;
}

/** In lower case. The lengths of labels are below the letters. */
function folded(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

function foldedKey(message: Buffer, nameEnd: number): Buffer {
  const key = Buffer.from(message.subarray(BEHIND_FLAGS));
  for (let index = HEADER_LENGTH; index < nameEnd; index++) {
    key[index - BEHIND_FLAGS] = folded(message[index] ?? 0);
  }
  return key;
}
