import type { IncomingMessage } from 'node:http';
import type { Fault } from '../model/fault.ts';
import type { LeaseGrant } from '../model/lease.ts';
import type { Connection } from './connection.ts';

/** A hold on a stack. It ends with `close`, with the connection, or with this process. */
export class Lease {
  readonly id: string;
  /** Value of `LEASE_LABEL` for what is made under it. */
  readonly stack: string;
  /** Whether the stack is still to be made. */
  readonly maker: boolean;
  /** Resolves when the connection is over, by whichever side. */
  readonly gone: Promise<void>;
  readonly #connection: Connection;
  readonly #stream: IncomingMessage;

  constructor(parts: { connection: Connection; stream: IncomingMessage; grant: LeaseGrant }) {
    const { connection, stream, grant } = parts;
    this.id = grant.lease;
    this.stack = grant.stack;
    this.maker = grant.maker;
    this.#connection = connection;
    this.#stream = stream;
    this.gone = new Promise((resolve) => stream.once('close', resolve));
    stream.resume();
    stream.socket.unref();
  }

  /** The stack is up: others who asked for the same key may use it. */
  async ready(): Promise<void> {
    await this.#connection.text({ method: 'POST', path: `${this.#path}/ready` });
  }

  /** Puts these in the place of all faults that this holder asked for before. */
  async setFaults(faults: readonly Fault[]): Promise<void> {
    await this.#connection.text({ method: 'PUT', path: `${this.#path}/faults`, body: { Faults: faults } });
  }

  /** Gives it up. Resolves when what only this holder held is gone. @throws {TeardownError} LEASE_TEARDOWN_FAILED */
  async close(): Promise<void> {
    try {
      await this.#connection.text({ method: 'DELETE', path: this.#path });
    } finally {
      this.#stream.destroy();
    }
  }

  get #path(): string {
    return `/berth/leases/${this.id}`;
  }
}
