import type Docker from 'dockerode';
import type { Connection } from './connection.ts';

type Abortable = { readonly abortSignal?: AbortSignal | undefined };

/** One volume, by name. */
export class Volume {
  readonly name: string;
  readonly #connection: Connection;
  readonly #path: string;

  constructor(connection: Connection, name: string) {
    this.#connection = connection;
    this.name = name;
    this.#path = `/volumes/${encodeURIComponent(name)}`;
  }

  async inspect({ abortSignal }: Abortable = {}): Promise<Docker.VolumeInspectInfo> {
    return this.#connection.json({ method: 'GET', path: this.#path, abortSignal });
  }

  async remove({ abortSignal, ...query }: Docker.VolumeRemoveOptions = {}): Promise<void> {
    await this.#connection.text({ method: 'DELETE', path: this.#path, query, abortSignal });
  }
}
