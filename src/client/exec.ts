import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import type { Connection } from './connection.ts';

/** An exec: a further process in a container. */
export class Exec {
  readonly id: string;
  readonly #connection: Connection;

  constructor(connection: Connection, id: string) {
    this.#connection = connection;
    this.id = id;
  }

  async inspect(options: Docker.ExecInspectOptions = {}): Promise<Docker.ExecInspectInfo> {
    return this.#connection.json({ method: 'GET', path: `/exec/${this.id}/json`, ...options });
  }

  /**
   * Starts it. The stream carries stdin one way and the output the other, framed (see `demux`) unless it has a TTY;
   * ending it ends stdin. With `Detach` the stream is empty.
   */
  async start(options: Docker.ExecStartOptions & { ConsoleSize?: [number, number] } = {}): Promise<Duplex> {
    const { Detach = false, Tty = false, ConsoleSize, abortSignal } = options;
    return this.#connection.upgrade({
      method: 'POST',
      path: `/exec/${this.id}/start`,
      body: { Detach, Tty, ...(ConsoleSize && { ConsoleSize }) },
      abortSignal,
    });
  }

  async resize(options: { h: number; w: number }): Promise<void> {
    const { h, w } = options;
    await this.#connection.text({ method: 'POST', path: `/exec/${this.id}/resize`, query: { h, w } });
  }
}
