import type { IncomingMessage } from 'node:http';
import type Docker from 'dockerode';
import { authHeader, type AuthConfig } from './auth-header.ts';
import type { Connection } from './connection.ts';

/** A line of an image's history. */
export interface ImageLayer {
  readonly Id: string;
  readonly Created: number;
  readonly CreatedBy: string;
  readonly Size: number;
  readonly Comment: string;
}

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

  async history({ abortSignal }: Abortable = {}): Promise<ImageLayer[]> {
    return this.#connection.json({ method: 'GET', path: `${this.#path}/history`, abortSignal });
  }

  /** Brings it to its registry. The answer is a stream of JSON lines; a failure may be one of them. */
  async push(options: Abortable & { tag?: string; authconfig?: AuthConfig } = {}): Promise<IncomingMessage> {
    const { abortSignal, tag, authconfig } = options;
    const request = { method: 'POST', path: `${this.#path}/push`, query: { tag }, abortSignal } as const;
    return this.#connection.stream({ ...request, headers: authHeader(authconfig) });
  }

  async remove({ abortSignal, ...query }: Docker.ImageRemoveOptions = {}): Promise<Docker.ImageRemoveInfo[]> {
    return this.#connection.json({ method: 'DELETE', path: this.#path, query, abortSignal });
  }

  async tag({ abortSignal, ...query }: Docker.ImageTagOptions): Promise<void> {
    await this.#connection.text({ method: 'POST', path: `${this.#path}/tag`, query, abortSignal });
  }
}
