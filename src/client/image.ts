import type Docker from 'dockerode';
import type { Connection } from './connection.ts';

type Abortable = { readonly abortSignal?: AbortSignal | undefined };

/** One image, by reference or id. */
export class Image {
  readonly id: string;
  readonly #connection: Connection;
  readonly #path: string;

  constructor(connection: Connection, name: string) {
    this.#connection = connection;
    this.id = name;
    this.#path = `/images/${name.split('/').map(encodeURIComponent).join('/')}`;
  }

  async inspect({ abortSignal }: Abortable = {}): Promise<Docker.ImageInspectInfo> {
    return this.#connection.json({ method: 'GET', path: `${this.#path}/json`, abortSignal });
  }

  async remove({ abortSignal, ...query }: Docker.ImageRemoveOptions = {}): Promise<Docker.ImageRemoveInfo[]> {
    return this.#connection.json({ method: 'DELETE', path: this.#path, query, abortSignal });
  }

  async tag({ abortSignal, ...query }: Docker.ImageTagOptions): Promise<void> {
    await this.#connection.text({ method: 'POST', path: `${this.#path}/tag`, query, abortSignal });
  }
}
