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

/** A message within a larger buffer. */
export interface Place {
  readonly bytes: Buffer;
  readonly at: number;
}

/**
 * A reply made once and sent often. What differs from one sending to the next is patched into a copy: the id, the
 * RD and CD flags, the case of the question, and the order of the records.
 */
export class ReplyTemplate {
  readonly #bytes: Buffer;
  readonly #dataLength: number;
  readonly #dataStride: number;
  readonly #firstData: number;
  readonly #questionEnd: number;
  readonly #count: number;
  readonly #length: number;
  readonly #opt: Buffer | undefined;
  readonly #random: () => number;

  constructor(query: Buffer, parts: ReplyParts, random: () => number) {
    const { records, questionEnd } = parts;
    this.#random = random;
    this.#dataLength = records[0]?.length ?? 0;
    this.#dataStride = RECORD_HEAD_LENGTH + this.#dataLength;
    this.#questionEnd = questionEnd;
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

  /** Bytes that `writeTo` needs. */
  get room(): number {
    return this.#bytes.length;
  }

  /** The reply to `query`: see `writeTo`. */
  replyTo(query: Buffer): Buffer {
    const reply = Buffer.allocUnsafe(this.room);
    const length = this.writeTo({ bytes: query, at: 0 }, { bytes: reply, at: 0 });
    return length === reply.length ? reply : reply.subarray(0, length);
  }

  /**
   * Writes the reply to a query which differs from that of the constructor in id, RD, CD and the case of the name
   * at most. Returns its length. Without garbage.
   */
  writeTo(query: Place, reply: Place): number {
    const from = query.at;
    const out = reply.bytes;
    const to = reply.at;
    out.set(this.#bytes, to);
    out[to] = query.bytes[from] ?? 0;
    out[to + 1] = query.bytes[from + 1] ?? 0;
    out[to + 2] = (this.#bytes[2] ?? 0) | ((query.bytes[from + 2] ?? 0) & RECURSION_DESIRED);
    out[to + 3] = (this.#bytes[3] ?? 0) | ((query.bytes[from + 3] ?? 0) & CHECKING_DISABLED);
    for (let byte = HEADER_LENGTH; byte < this.#questionEnd; byte++) {
      out[to + byte] = query.bytes[from + byte] ?? 0;
    }
    if (this.#count > 1) this.#shuffle(out, to);
    // Shuffled first and cut then, so that every record has its turn.
    this.#opt?.copy(out, to + this.#length - OPT_LENGTH);
    return this.#length;
  }

  /** Fisher-Yates over the record data alone: all that stands before the data is the same in each record. */
  #shuffle(reply: Buffer, at: number): void {
    const firstData = at + this.#firstData;
    for (let last = this.#count - 1; last > 0; last--) {
      const other = Math.floor(this.#random() * (last + 1));
      if (other === last) continue;
      const lastAt = firstData + last * this.#dataStride;
      const otherAt = firstData + other * this.#dataStride;
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
