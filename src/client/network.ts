import type Docker from 'dockerode';
import type { Connection } from './connection.ts';

type Abortable = { readonly abortSignal?: AbortSignal | undefined };

/** One network, by id or name. */
export class Network {
  readonly id: string;
  readonly #connection: Connection;
  readonly #path: string;

  constructor(connection: Connection, id: string) {
    this.#connection = connection;
    this.id = id;
    this.#path = `/networks/${encodeURIComponent(id)}`;
  }

  async inspect({ abortSignal }: Abortable = {}): Promise<Docker.NetworkInspectInfo> {
    return this.#connection.json({ method: 'GET', path: this.#path, abortSignal });
  }

  async remove({ abortSignal }: Abortable = {}): Promise<void> {
    await this.#connection.text({ method: 'DELETE', path: this.#path, abortSignal });
  }

  async connect(options: Docker.NetworkConnectOptions & Abortable): Promise<void> {
    const { abortSignal, ...body } = options;
    await this.#connection.text({ method: 'POST', path: `${this.#path}/connect`, body, abortSignal });
  }

  async disconnect(options: { Container: string; Force?: boolean } & Abortable): Promise<void> {
    const { abortSignal, ...body } = options;
    await this.#connection.text({ method: 'POST', path: `${this.#path}/disconnect`, body, abortSignal });
  }
}
