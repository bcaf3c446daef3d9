import { addressOf, AF_INET, rawSystemCall } from './kernel.ts';

/** Where a datagram came from. */
export interface DatagramSender {
  readonly address: string;
  readonly port: number;
}

/**
 * Reads datagrams from IPv4 sockets and answers them, up to `SLOTS` with one system call each way: a call for each
 * datagram is most of what answering it costs. Makes no garbage; its buffers serve any number of sockets in turn.
 * One round: `put` or `receive`, then `reply` for what is to be answered, then `send`.
 */
export class DatagramBatch {
  /** Received datagrams, one at each multiple of `SLOT_BYTES`. Longer ones are cut. */
  readonly received = Buffer.alloc(SLOTS * SLOT_BYTES);
  /** Room for a reply of `REPLY_BYTES_MAX`, from `replyAt` on. */
  readonly replies = Buffer.alloc(SLOTS * REPLY_BYTES_MAX);
  readonly #senders = Buffer.alloc(SLOTS * SENDER_BYTES);
  readonly #targets = Buffer.alloc(SLOTS * SENDER_BYTES);
  readonly #incoming: MessageVector;
  readonly #outgoing: MessageVector;
  readonly #senderWords = wordsOf(this.#senders);
  readonly #targetWords = wordsOf(this.#targets);
  readonly #receive = rawSystemCall('recvmmsg');
  readonly #send = rawSystemCall('sendmmsg');
  #queued = 0;

  constructor() {
    this.#incoming = new MessageVector({ data: this.received, stride: SLOT_BYTES, names: this.#senders });
    this.#outgoing = new MessageVector({
      data: this.replies,
      stride: REPLY_BYTES_MAX,
      names: this.#targets,
    });
  }

  /** Takes what waits at a socket, without waiting. Returns how many datagrams came. */
  receive(fd: number): number {
    const count = this.#receive(fd, this.#incoming.headers, SLOTS, MSG_DONTWAIT, null);
    return count > 0 ? count : 0;
  }

  /** Places a datagram that somebody else has read into slot 0. False: it is too long for one. */
  put(message: Buffer, sender: DatagramSender): boolean {
    if (message.length > SLOT_BYTES) return false;
    this.received.set(message);
    this.#incoming.setLength(0, message.length);
    writeSender(this.#senders, sender);
    return true;
  }

  /** Bytes of the datagram in a slot. */
  lengthOf(slot: number): number {
    return this.#incoming.lengthOf(slot);
  }

  senderOf(slot: number): DatagramSender {
    const at = slot * SENDER_BYTES;
    const address = this.#senders.subarray(at + ADDRESS_AT, at + ADDRESS_AT + 4).join('.');
    return { address, port: this.#senders.readUInt16BE(at + PORT_AT) };
  }

  /** Where in `replies` the next reply is to be written. */
  get replyAt(): number {
    return this.#queued * REPLY_BYTES_MAX;
  }

  /** The reply to the datagram in `slot` stands at `replyAt`: `send` will send it. */
  reply(slot: number, length: number): void {
    const from = (slot * SENDER_BYTES) / 4;
    const to = (this.#queued * SENDER_BYTES) / 4;
    for (let word = 0; word < SENDER_BYTES / 4; word++) {
      this.#targetWords[to + word] = this.#senderWords[from + word] ?? 0;
    }
    this.#outgoing.setDataLength(this.#queued, length);
    this.#queued++;
  }

  /** Sends all replies. One that cannot be sent (a firewall, a full queue) is lost, as datagrams are. */
  send(fd: number): void {
    const count = this.#queued;
    this.#queued = 0;
    let from = 0;
    while (from < count) {
      const sent = this.#send(fd, this.#outgoing.headersFrom(from), count - from, MSG_DONTWAIT);
      from += sent > 0 ? sent : 1;
    }
  }
}

export const SLOTS = 32;
/** Questions are short: a name of 255 bytes and options. */
export const SLOT_BYTES = 2048;
export const REPLY_BYTES_MAX = 1536;

const MSG_DONTWAIT = 0x40;
/** struct sockaddr_in */
const SENDER_BYTES = 16;
const PORT_AT = 2;
const ADDRESS_AT = 4;
/** struct mmsghdr and struct iovec of a 64-bit machine */
const HEADER_BYTES = 64;
const LENGTH_AT = 56;
const VECTOR_BYTES = 16;
const VECTOR_LENGTH_AT = 8;

/** What recvmmsg(2) and sendmmsg(2) take: for each slot, where its bytes and its address lie. */
class MessageVector {
  readonly headers = Buffer.alloc(SLOTS * HEADER_BYTES);
  readonly #vectors = Buffer.alloc(SLOTS * VECTOR_BYTES);
  readonly #headerWords = wordsOf(this.headers);
  readonly #vectorWords = wordsOf(this.#vectors);
  readonly #tails: readonly Buffer[];

  constructor({ data, stride, names }: { data: Buffer; stride: number; names: Buffer }) {
    const [dataAt, namesAt, vectorsAt] = [addressOf(data), addressOf(names), addressOf(this.#vectors)];
    for (let slot = 0; slot < SLOTS; slot++) {
      this.#vectors.writeBigUInt64LE(dataAt + BigInt(slot * stride), slot * VECTOR_BYTES);
      this.#vectors.writeBigUInt64LE(BigInt(stride), slot * VECTOR_BYTES + VECTOR_LENGTH_AT);
      const header = slot * HEADER_BYTES;
      this.headers.writeBigUInt64LE(namesAt + BigInt(slot * SENDER_BYTES), header);
      this.headers.writeUInt32LE(SENDER_BYTES, header + 8);
      this.headers.writeBigUInt64LE(vectorsAt + BigInt(slot * VECTOR_BYTES), header + 16);
      this.headers.writeBigUInt64LE(1n, header + 24);
    }
    this.#tails = Array.from({ length: SLOTS }, (_, slot) => this.headers.subarray(slot * HEADER_BYTES));
  }

  headersFrom(slot: number): Buffer {
    return this.#tails[slot] ?? this.headers;
  }

  lengthOf(slot: number): number {
    return this.#headerWords[(slot * HEADER_BYTES + LENGTH_AT) / 4] ?? 0;
  }

  setLength(slot: number, length: number): void {
    this.#headerWords[(slot * HEADER_BYTES + LENGTH_AT) / 4] = length;
  }

  setDataLength(slot: number, length: number): void {
    this.#vectorWords[(slot * VECTOR_BYTES + VECTOR_LENGTH_AT) / 4] = length;
  }
}

function wordsOf(buffer: Buffer): Uint32Array {
  return new Uint32Array(buffer.buffer, buffer.byteOffset, buffer.length / 4);
}

function writeSender(senders: Buffer, { address, port }: DatagramSender): void {
  senders.writeUInt16LE(AF_INET, 0);
  senders.writeUInt16BE(port, PORT_AT);
  let at = ADDRESS_AT;
  let byte = 0;
  for (let index = 0; index < address.length; index++) {
    const code = address.charCodeAt(index);
    if (code === DOT) {
      senders[at++] = byte;
      byte = 0;
    } else byte = byte * 10 + code - ZERO;
  }
  senders[at] = byte;
}

const DOT = 0x2e;
const ZERO = 0x30;
