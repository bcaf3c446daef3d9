import { CLASS_IN, HEADER_LENGTH, LABEL_LENGTH_MAX, NAME_LENGTH_MAX, TYPE_OPT } from './codes.ts';

/** What a reply is made of, besides the question that it echoes. */
export interface ReplyParts {
  readonly rcode: number;
  readonly extendedRcode: number;
  /** Offset behind the question section of the query; the header's length echoes no question. */
  readonly questionEnd: number;
  readonly edns: boolean;
  readonly type: number;
  readonly ttlSeconds: number;
  /** Record data, all of the same length. */
  readonly records: readonly Buffer[];
  /** Longest reply the client takes, in bytes. */
  readonly sizeMax: number;
}

/**
 * A reply made once and sent often. What differs from one sending to the next is patched into a copy: the id, the
 * RD and CD flags, and the order of the records.
 */
export class ReplyTemplate {
  readonly #bytes: Buffer;
  readonly #dataLength: number;
  readonly #dataStride: number;
  readonly #firstData: number;
  readonly #count: number;
  readonly #length: number;
  readonly #opt: Buffer | undefined;
  readonly #random: () => number;

  constructor(query: Buffer, parts: ReplyParts, random: () => number) {
    const { records, questionEnd } = parts;
    this.#random = random;
    this.#dataLength = records[0]?.length ?? 0;
    this.#dataStride = RECORD_HEAD_LENGTH + this.#dataLength;
    this.#firstData = questionEnd + RECORD_HEAD_LENGTH;
    this.#count = records.length;
    const optLength = parts.edns ? OPT_LENGTH : 0;
    const room = Math.max(0, Math.floor((parts.sizeMax - questionEnd - optLength) / this.#dataStride));
    const sent = Math.min(records.length, room);
    this.#bytes = Buffer.concat([
      headOf(query, parts, { sent, isCut: sent < records.length }),
      ...records.map((data) => recordOf(data, parts)),
      Buffer.alloc(optLength),
    ]);
    this.#length = questionEnd + sent * this.#dataStride + optLength;
    this.#opt = parts.edns ? optRecord(parts.extendedRcode) : undefined;
  }

  /** The reply to `query`, which differs from the query of the constructor in id, RD and CD at most. */
  replyTo(query: Buffer): Buffer {
    const reply = Buffer.allocUnsafe(this.#bytes.length);
    reply.set(this.#bytes);
    reply[0] = query[0] ?? 0;
    reply[1] = query[1] ?? 0;
    reply[2] = (this.#bytes[2] ?? 0) | ((query[2] ?? 0) & RECURSION_DESIRED);
    reply[3] = (this.#bytes[3] ?? 0) | ((query[3] ?? 0) & CHECKING_DISABLED);
    if (this.#count > 1) this.#shuffle(reply);
    // Shuffled first and cut then, so that every record has its turn.
    this.#opt?.copy(reply, this.#length - OPT_LENGTH);
    return reply.length === this.#length ? reply : reply.subarray(0, this.#length);
  }

  /** Fisher-Yates over the record data alone: all that stands before the data is the same in each record. */
  #shuffle(reply: Buffer): void {
    for (let last = this.#count - 1; last > 0; last--) {
      const other = Math.floor(this.#random() * (last + 1));
      if (other === last) continue;
      const lastAt = this.#firstData + last * this.#dataStride;
      const otherAt = this.#firstData + other * this.#dataStride;
      for (let byte = 0; byte < this.#dataLength; byte++) {
        const kept = reply[lastAt + byte] ?? 0;
        reply[lastAt + byte] = reply[otherAt + byte] ?? 0;
        reply[otherAt + byte] = kept;
      }
    }
  }
}

/** A reply without records: an error, or the news that there is no such record. */
export function emptyReply(
  query: Buffer,
  parts: Pick<ReplyParts, 'rcode' | 'extendedRcode' | 'questionEnd' | 'edns'>,
): Buffer {
  const none = { type: 0, ttlSeconds: 0, records: [], sizeMax: Number.MAX_SAFE_INTEGER };
  return new ReplyTemplate(query, { ...parts, ...none }, () => 0).replyTo(query);
}

/** A name in wire format, or `undefined` when a label or the whole is too long for it. */
export function encodeName(name: string): Buffer | undefined {
  const labels = name.split('.').map((label) => Buffer.from(label));
  if (labels.some((label) => label.length === 0 || label.length > LABEL_LENGTH_MAX)) return undefined;
  const bytes = Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), label]),
    Buffer.from([0]),
  ]);
  return bytes.length > NAME_LENGTH_MAX ? undefined : bytes;
}

const RECURSION_DESIRED = 0x01;
const CHECKING_DISABLED = 0x10;
const IS_ANSWER = 0x80;
const IS_CUT = 0x02;
const OPCODE_BITS = 0x78;
const RECURSION_AVAILABLE = 0x80;
/** A pointer to the question's name, type, class, TTL, data length. */
const RECORD_HEAD_LENGTH = 12;
const POINTER_TO_QUESTION = 0xc000 | HEADER_LENGTH;
/** What we take ourselves over UDP: the size that crosses every path unbroken. */
const OWN_UDP_SIZE = 1232;
const OPT_LENGTH = 11;

function headOf(query: Buffer, parts: ReplyParts, answers: { sent: number; isCut: boolean }): Buffer {
  const head = Buffer.from(query.subarray(0, parts.questionEnd));
  head[2] = IS_ANSWER | ((query[2] ?? 0) & OPCODE_BITS) | (answers.isCut ? IS_CUT : 0);
  head[3] = RECURSION_AVAILABLE | parts.rcode;
  head.writeUInt16BE(parts.questionEnd > HEADER_LENGTH ? 1 : 0, 4);
  head.writeUInt16BE(answers.sent, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(parts.edns ? 1 : 0, 10);
  return head;
}

function recordOf(data: Buffer, parts: ReplyParts): Buffer {
  const head = Buffer.alloc(RECORD_HEAD_LENGTH);
  head.writeUInt16BE(POINTER_TO_QUESTION, 0);
  head.writeUInt16BE(parts.type, 2);
  head.writeUInt16BE(CLASS_IN, 4);
  head.writeUInt32BE(parts.ttlSeconds, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function optRecord(extendedRcode: number): Buffer {
  const opt = Buffer.alloc(OPT_LENGTH);
  opt.writeUInt16BE(TYPE_OPT, 1);
  opt.writeUInt16BE(OWN_UDP_SIZE, 3);
  opt.writeUInt8(extendedRcode, 5);
  return opt;
}
