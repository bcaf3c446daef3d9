import { DatagramBatch, REPLY_BYTES_MAX, SLOT_BYTES } from '../host/datagram-batch.ts';
import type { DatagramSender } from '../host/datagram-batch.ts';
import type { Answerer } from './answerer.ts';

/** The UDP side of one container's resolver. */
export interface BatchClient {
  readonly fd: number;
  readonly answerer: Answerer;
  /** Takes a question whose answer is not at hand. The bytes are its own. */
  readonly answerOne: (message: Buffer, client: DatagramSender) => void;
}

/** Answers what waits at a socket as soon as its first question has come. One serves all containers. */
export class AnswerBatch {
  readonly #batch = new DatagramBatch();
  readonly #query = { bytes: this.#batch.received, at: 0 };
  readonly #reply = { bytes: this.#batch.replies, at: 0, room: REPLY_BYTES_MAX };
  #endMs = 0;
  #busyTurns = 0;

  /** `message` is the first question, which Node has read already. */
  serve(client: BatchClient, message: Buffer, sender: DatagramSender): void {
    if (!this.#batch.put(message, sender)) {
      client.answerOne(message, sender);
      return;
    }
    this.#answerSlot(client, 0);
    this.#batch.send(client.fd);
    this.#drain(client);
  }

  /**
   * The event loop looks at a socket once a turn, and sleeping and waking cost more than answering: what came
   * meanwhile is worth a look of our own, and under load some more.
   */
  #drain(client: BatchClient): void {
    const begin = performance.now();
    const isBusy = this.#busyTurns > 0 && begin - this.#endMs < BUSY_GAP_MS;
    const looksMax = isBusy ? BUSY_LOOKS : 1;
    if (this.#busyTurns > 0) this.#busyTurns--;
    let now = begin;
    for (let looks = 0; looks < looksMax && now - begin < TURN_MS_MAX; looks++) {
      const count = this.#batch.receive(client.fd);
      if (count === 0) continue;
      if (count > 1) this.#busyTurns = BUSY_TURNS;
      for (let slot = 0; slot < count; slot++) this.#answerSlot(client, slot);
      this.#batch.send(client.fd);
      looks = -1;
      now = performance.now();
    }
    this.#endMs = performance.now();
  }

  #answerSlot(client: BatchClient, slot: number): void {
    const length = this.#batch.lengthOf(slot);
    this.#query.at = slot * SLOT_BYTES;
    this.#reply.at = this.#batch.replyAt;
    const replyLength = client.answerer.answerKept(this.#query, length, this.#reply);
    if (replyLength > 0) this.#batch.reply(slot, replyLength);
    else client.answerOne(this.#copyOf(slot, length), this.#batch.senderOf(slot));
  }

  #copyOf(slot: number, length: number): Buffer {
    const at = slot * SLOT_BYTES;
    return Buffer.from(this.#batch.received.subarray(at, at + length));
  }
}

/** Other sockets, and all else that the engine does, wait meanwhile. */
const TURN_MS_MAX = 2;
/** The last turn ended no longer ago than this: questions come fast, and looking is cheaper than going to sleep. */
const BUSY_GAP_MS = 0.1;
/** Each takes half a microsecond. */
const BUSY_LOOKS = 30;
/** So long after several clients asked at once: a single one asks again only when it has run, perhaps on our core. */
const BUSY_TURNS = 64;
