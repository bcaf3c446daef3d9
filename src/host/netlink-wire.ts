/**
 * The wire form of rtnetlink (rtnetlink(7), linux/rtnetlink.h): pure, in the byte order of the machines that
 * Node runs on (little endian).
 */

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
export const NLM_F_DUMP = 0x300;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;

const HEADER_LENGTH = 16;
const NESTED = 0x8000;
const TYPE_MASK = 0x3fff;

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Buffer;
}

export function encodeMessage({ type, flags, sequence, body }: NetlinkMessage): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt32LE(HEADER_LENGTH + body.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt32LE(sequence, 8);
  return padded(Buffer.concat([header, body]));
}

/** Every message of one datagram. */
export function decodeMessages(data: Buffer): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  let offset = 0;
  while (offset + HEADER_LENGTH <= data.length) {
    const length = data.readUInt32LE(offset);
    if (length < HEADER_LENGTH) break;
    messages.push({
      type: data.readUInt16LE(offset + 4),
      flags: data.readUInt16LE(offset + 6),
      sequence: data.readUInt32LE(offset + 8),
      body: data.subarray(offset + HEADER_LENGTH, offset + length),
    });
    offset += aligned(length);
  }
  return messages;
}

/** One attribute. A text ends with a zero byte; a number is 32 bits wide. */
export function attribute(type: number, value: Buffer | string | number): Buffer {
  const payload = toPayload(value);
  const header = Buffer.alloc(4);
  header.writeUInt16LE(4 + payload.length, 0);
  header.writeUInt16LE(type, 2);
  return padded(Buffer.concat([header, payload]));
}

/** An attribute of 8 bits. */
export function flagAttribute(type: number, value: boolean): Buffer {
  return attribute(type, Buffer.from([value ? 1 : 0]));
}

/** An attribute that holds attributes. */
export function nested(type: number, parts: readonly Buffer[]): Buffer {
  return attribute(type | NESTED, Buffer.concat(parts));
}

/** Attributes by type; of several of one type the last. */
export function decodeAttributes(data: Buffer): Map<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  let offset = 0;
  while (offset + 4 <= data.length) {
    const length = data.readUInt16LE(offset);
    if (length < 4) break;
    attributes.set(data.readUInt16LE(offset + 2) & TYPE_MASK, data.subarray(offset + 4, offset + length));
    offset += aligned(length);
  }
  return attributes;
}

export function decodeText(value: Buffer | undefined): string {
  if (!value) return '';
  const end = value.indexOf(0);
  return value.toString('utf8', 0, end === -1 ? value.length : end);
}

/** What an NLMSG_ERROR says: 0 is an acknowledgement, else a negated errno; `text` is the kernel's own explanation. */
export function decodeAck({ flags, body }: NetlinkMessage): {
  readonly errno: number;
  readonly text: string;
} {
  const errno = -body.readInt32LE(0);
  if (!(flags & NLM_F_ACK_TLVS)) return { errno, text: '' };
  const echoed = flags & NLM_F_CAPPED ? HEADER_LENGTH : body.readUInt32LE(4);
  const extended = decodeAttributes(body.subarray(4 + aligned(echoed)));
  return { errno, text: decodeText(extended.get(NLMSGERR_ATTR_MSG)) };
}

const NLMSGERR_ATTR_MSG = 1;

function toPayload(value: Buffer | string | number): Buffer {
  if (typeof value === 'string') return Buffer.from(`${value}\0`);
  if (typeof value !== 'number') return value;
  const number = Buffer.alloc(4);
  number.writeUInt32LE(value >>> 0);
  return number;
}

function padded(data: Buffer): Buffer {
  const length = aligned(data.length);
  return length === data.length ? data : Buffer.concat([data, Buffer.alloc(length - data.length)]);
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
