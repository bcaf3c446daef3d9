import {
  CLASS_IN,
  EXTENDED_RCODE_BADVERS,
  HEADER_LENGTH,
  LABEL_LENGTH_MAX,
  NAME_LENGTH_MAX,
  RCODE,
  TYPE_OPT,
  UDP_LENGTH_DEFAULT,
  UDP_LENGTH_MAX,
} from './codes.ts';

/** A question that can be answered, or passed on. */
export interface Query {
  readonly kind: 'query';
  /** Labels joined by dots, case as asked; a dot within a label is escaped, so that it matches no name of ours. */
  readonly name: string;
  readonly type: number;
  /** Offset behind the question section. */
  readonly questionEnd: number;
  /** Bytes that the client takes over UDP. */
  readonly udpSize: number;
  readonly edns: boolean;
}

/** A message that gets an error at once. */
export interface BadQuery {
  readonly kind: 'bad';
  readonly rcode: number;
  readonly extendedRcode: number;
  /** Offset behind the question section, when there is one to echo; else the header's end. */
  readonly questionEnd: number;
  readonly edns: boolean;
}

/**
 * Reads one message from a client. `undefined`: drop it (too short for a header, itself an answer, or without a
 * question). Never throws, and reads each byte at most twice.
 */
export function parseQuery(message: Buffer): Query | BadQuery | undefined {
  if (message.length < HEADER_LENGTH) return undefined;
  const flags = message.readUInt16BE(2);
  const questions = message.readUInt16BE(4);
  const isAnswer = (flags & 0x8000) !== 0;
  if (isAnswer || questions === 0) return undefined;
  const question = readQuestion(message);
  if (!question) return bad(RCODE.formErr, HEADER_LENGTH);
  const opcode = (flags >> 11) & 0x0f;
  if (opcode !== 0) return bad(RCODE.notImp, question.end);
  if (questions > 1) return bad(RCODE.formErr, HEADER_LENGTH);
  if (question.class !== CLASS_IN) return bad(RCODE.notImp, question.end);
  return withEdns(message, question);
}

interface Question {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly end: number;
}

interface Edns {
  readonly udpSize: number;
  readonly version: number;
}

function bad(rcode: number, questionEnd: number): BadQuery {
  return { kind: 'bad', rcode, extendedRcode: 0, questionEnd, edns: false };
}

function withEdns(message: Buffer, question: Question): Query | BadQuery {
  const edns = readEdns(message, question.end);
  if (edns === 'malformed') return bad(RCODE.formErr, question.end);
  if (edns && edns.version !== 0) {
    const extendedRcode = EXTENDED_RCODE_BADVERS;
    return { kind: 'bad', rcode: 0, extendedRcode, questionEnd: question.end, edns: true };
  }
  return {
    kind: 'query',
    name: question.name,
    type: question.type,
    questionEnd: question.end,
    udpSize: Math.min(Math.max(edns?.udpSize ?? 0, UDP_LENGTH_DEFAULT), UDP_LENGTH_MAX),
    edns: edns !== undefined,
  };
}

function readQuestion(message: Buffer): Question | undefined {
  const labels: string[] = [];
  let at = HEADER_LENGTH;
  for (;;) {
    const length = message[at];
    // 64 and more is a pointer or a reserved kind of label; a first name has nothing to point at.
    if (length === undefined || length > LABEL_LENGTH_MAX) return undefined;
    at++;
    if (length === 0) break;
    if (at + length > message.length || at + length - HEADER_LENGTH >= NAME_LENGTH_MAX) return undefined;
    labels.push(message.toString('utf8', at, at + length).replaceAll('.', '\\.'));
    at += length;
  }
  if (at + 4 > message.length) return undefined;
  return {
    name: labels.join('.'),
    type: message.readUInt16BE(at),
    class: message.readUInt16BE(at + 2),
    end: at + 4,
  };
}

/** Each record takes 11 bytes at least, so the message's length bounds the loop, whatever the counts say. */
function readEdns(message: Buffer, from: number): Edns | 'malformed' | undefined {
  const records = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
  let at = from;
  let found: Edns | undefined;
  for (let index = 0; index < records; index++) {
    const nameEnd = skipName(message, at);
    if (nameEnd === undefined || nameEnd + 10 > message.length) return 'malformed';
    if (message.readUInt16BE(nameEnd) === TYPE_OPT) {
      if (found || nameEnd !== at + 1) return 'malformed';
      found = { udpSize: message.readUInt16BE(nameEnd + 2), version: message.readUInt8(nameEnd + 5) };
    }
    at = nameEnd + 10 + message.readUInt16BE(nameEnd + 8);
    if (at > message.length) return 'malformed';
  }
  return found;
}

function skipName(message: Buffer, from: number): number | undefined {
  let at = from;
  for (;;) {
    const length = message[at];
    if (length === undefined) return undefined;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length > LABEL_LENGTH_MAX) return undefined;
    at += 1 + length;
  }
}
