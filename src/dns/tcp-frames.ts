import { HEADER_LENGTH, MESSAGE_LENGTH_MAX } from './codes.ts';

/** A message as it goes over TCP: two bytes of length before it. */
export function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + message.length);
  frame.writeUInt16BE(message.length, 0);
  message.copy(frame, LENGTH_BYTES);
  return frame;
}

/**
 * Cuts a TCP stream into messages. Holds one unfinished message at most, 64 KiB. A frame too short to hold a
 * header breaks the stream: nothing behind it can be trusted.
 */
export class MessageReader {
  isBroken = false;
  #pending: Buffer[] = [];
  #pendingLength = 0;

  push(chunk: Buffer): readonly Buffer[] {
    if (this.isBroken) return [];
    this.#pending.push(chunk);
    this.#pendingLength += chunk.length;
    if (this.#pendingLength < this.#wantedLength()) return [];
    return this.#take(Buffer.concat(this.#pending));
  }

  /** Length at which there is something to cut: looked up without joining what came in small pieces. */
  #wantedLength(): number {
    const [first, second] = this.#pending;
    const high = first?.[0];
    const low = first?.[1] ?? second?.[0];
    if (high === undefined || low === undefined) return LENGTH_BYTES;
    return LENGTH_BYTES + high * 256 + low;
  }

  #take(bytes: Buffer): readonly Buffer[] {
    const messages: Buffer[] = [];
    let at = 0;
    while (at + LENGTH_BYTES <= bytes.length) {
      const length = bytes.readUInt16BE(at);
      this.isBroken = length < HEADER_LENGTH;
      if (this.isBroken || at + LENGTH_BYTES + length > bytes.length) break;
      messages.push(bytes.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length));
      at += LENGTH_BYTES + length;
    }
    this.#keep(this.isBroken ? EMPTY : bytes.subarray(at));
    return messages;
  }

  #keep(rest: Buffer): void {
    // A copy, so that a few bytes do not hold a large chunk.
    this.#pending = rest.length === 0 ? [] : [Buffer.from(rest)];
    this.#pendingLength = rest.length;
  }
}

const LENGTH_BYTES = 2;
const EMPTY = Buffer.alloc(0);
/** The longest frame there can be. */
export const FRAME_LENGTH_MAX = LENGTH_BYTES + MESSAGE_LENGTH_MAX;
