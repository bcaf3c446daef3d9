import { ipBytes } from '../host/ip-bytes.ts';
import { MESSAGE_LENGTH_MAX, RCODE, TYPE_A, TYPE_AAAA, TYPE_PTR } from './codes.ts';
import { parseQuery } from './query.ts';
import type { Query } from './query.ts';
import { emptyReply, encodeName, ReplyTemplate } from './reply.ts';
import type { Place } from './reply.ts';
import { ReplyCache } from './reply-cache.ts';
import type { ZoneAnswer, ZoneQuestion, ZoneTable } from './zone.ts';

/** What to do with a message: send this reply, say nothing, or ask an upstream server. */
export type Verdict = Buffer | 'drop' | { readonly forward: Query };

/**
 * Seconds. Clients that keep answers must not stick to a replica that is gone; with 0 some never keep one, and ask
 * for each connection.
 */
export const OWN_TTL_SECONDS = 1;

/**
 * Answers the questions of one container out of the zone. Pure: no sockets. Replies are made once for each
 * question and kept until the zone changes, so that most queries cost a look-up and a copy.
 */
export class Answerer {
  readonly #zone: ZoneTable;
  readonly #asker: string;
  readonly #random: () => number;
  readonly #keepsSingleLabels: boolean;
  readonly #kept = { udp: new ReplyCache(), tcp: new ReplyCache() };
  #version = -1;

  constructor(options: {
    zone: ZoneTable;
    asker: string;
    random: () => number;
    /** Addresses of single labels are asked of nobody else: the container has set `ndots`, and will ask with a domain. */
    keepsSingleLabels?: boolean;
  }) {
    this.#zone = options.zone;
    this.#asker = options.asker;
    this.#random = options.random;
    this.#keepsSingleLabels = options.keepsSingleLabels ?? false;
  }

  /** Never throws, whatever the bytes. */
  answer(message: Buffer, transport: 'udp' | 'tcp'): Verdict {
    if (this.#version !== this.#zone.version) this.#forgetReplies();
    const template = this.#kept[transport].find(message, 0, message.length);
    return template ? template.replyTo(message) : this.#answerAnew(message, transport);
  }

  /**
   * The quick way for most of what comes over UDP: writes the reply to the message of `length` bytes at `query`
   * and returns its length, if one like it is kept and is no longer than `room`. 0: ask `answer`.
   */
  answerKept(query: Place, length: number, reply: Place & { readonly room: number }): number {
    if (this.#version !== this.#zone.version) this.#forgetReplies();
    const template = this.#kept.udp.find(query.bytes, query.at, length);
    return template && template.room <= reply.room ? template.writeTo(query, reply) : 0;
  }

  #answerAnew(message: Buffer, transport: 'udp' | 'tcp'): Verdict {
    const query = parseQuery(message);
    if (!query) return 'drop';
    if (query.kind === 'bad') return emptyReply(message, query);
    const type = WORDS[query.type] ?? 'other';
    const answer = this.#zone.lookup({ asker: this.#asker, name: query.name, type });
    if (!answer)
      return this.#isKept(query) ? emptyReply(message, { ...query, ...NO_ERROR }) : { forward: query };
    const template = this.#templateFor(message, { query, answer, transport });
    this.#kept[transport].keep(message, template);
    return template.replyTo(message);
  }

  #isKept({ name, type }: Query): boolean {
    return this.#keepsSingleLabels && !name.includes('.') && (type === TYPE_A || type === TYPE_AAAA);
  }

  #templateFor(
    message: Buffer,
    found: { query: Query; answer: ZoneAnswer; transport: 'udp' | 'tcp' },
  ): ReplyTemplate {
    const { query, answer, transport } = found;
    const parts = {
      rcode: answer.failure === undefined ? RCODE.noError : FAILURES[answer.failure],
      extendedRcode: 0,
      questionEnd: query.questionEnd,
      edns: query.edns,
      type: query.type,
      ttlSeconds: OWN_TTL_SECONDS,
      records: recordsOf(answer),
      sizeMax: transport === 'tcp' ? MESSAGE_LENGTH_MAX : query.udpSize,
    };
    return new ReplyTemplate(message, parts, this.#random);
  }

  #forgetReplies(): void {
    this.#version = this.#zone.version;
    this.#kept.udp.clear();
    this.#kept.tcp.clear();
  }
}

const FAILURES = { servfail: RCODE.servFail, nxdomain: RCODE.nxDomain } as const;
const WORDS: Readonly<Record<number, ZoneQuestion['type']>> = {
  [TYPE_A]: 'A',
  [TYPE_AAAA]: 'AAAA',
  [TYPE_PTR]: 'PTR',
};
const NO_ERROR = { rcode: RCODE.noError, extendedRcode: 0 } as const;

function recordsOf(answer: ZoneAnswer): readonly Buffer[] {
  if (answer.pointer === undefined) return answer.addresses.flatMap((address) => ipBytes(address) ?? []);
  const whole = encodeName(answer.pointer);
  const container = answer.pointer.slice(0, -(answer.network.length + 1));
  // A network may have a name that DNS can't carry.
  const pointer = whole ?? encodeName(container);
  return pointer ? [pointer] : [];
}
