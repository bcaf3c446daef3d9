import { setMaxListeners } from 'node:events';
import { RCODE } from './codes.ts';
import { exchange } from './exchange.ts';
import { firstAnswer } from './first-answer.ts';
import type { Patience } from './first-answer.ts';
import type { Query } from './query.ts';
import { emptyReply } from './reply.ts';
import type { Upstream } from './upstreams.ts';

export interface ForwardRequest {
  readonly message: Buffer;
  readonly query: Query;
  readonly transport: 'udp' | 'tcp';
  readonly upstreams: readonly Upstream[];
}

/** Questions of one container that may wait for upstream servers at the same time. */
export const FORWARDS_MAX = 1024;

/**
 * The C library waits five seconds for us: all servers have had their turn before, and an answer that nobody could
 * give is an error rather than silence.
 */
export const DEFAULT_PATIENCE: Patience = { staggerMs: 1500, totalMs: 4500 };

/**
 * Passes one container's questions on to upstream servers, over the transport on which they came. Always replies:
 * with a server's own bytes, SERVFAIL when there is none that answers, REFUSED when too many questions wait.
 */
export class Forwarder {
  readonly #patience: Patience;
  readonly #onFailure: (name: string) => void;
  readonly #end = new AbortController();
  #waiting = 0;

  constructor(options: { readonly patience?: Patience; readonly onFailure: (name: string) => void }) {
    this.#patience = options.patience ?? DEFAULT_PATIENCE;
    this.#onFailure = options.onFailure;
    setMaxListeners(FORWARDS_MAX, this.#end.signal);
  }

  get waiting(): number {
    return this.#waiting;
  }

  async forward(request: ForwardRequest): Promise<Buffer> {
    const { message, query, upstreams } = request;
    if (upstreams.length === 0) return failure(message, query, RCODE.servFail);
    if (this.#waiting >= FORWARDS_MAX) return failure(message, query, RCODE.refused);
    this.#waiting++;
    try {
      const reply = await this.#ask(request);
      if (!reply) this.#onFailure(query.name);
      return reply ?? failure(message, query, RCODE.servFail);
    } finally {
      this.#waiting--;
    }
  }

  /** Abandons what waits; those questions get SERVFAIL, if anybody still listens. */
  close(): void {
    this.#end.abort();
  }

  #ask(request: ForwardRequest): Promise<Buffer | undefined> {
    const { message, query, transport, upstreams } = request;
    const attempts = upstreams.map(
      (upstream) => (signal: AbortSignal) =>
        exchange(transport, { query: message, questionEnd: query.questionEnd, upstream, signal }),
    );
    return firstAnswer(attempts, { patience: this.#patience, signal: this.#end.signal });
  }
}

function failure(message: Buffer, query: Query, rcode: number): Buffer {
  return emptyReply(message, { ...query, rcode, extendedRcode: 0 });
}
