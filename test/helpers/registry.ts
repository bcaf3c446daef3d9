import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { packed, sha256, type TarMember } from './busybox-image.ts';

/** Does something else than the registry would; true when the request is dealt with. */
export type Fault = (
  request: IncomingMessage,
  response: ServerResponse,
  found: Stored | undefined,
) => boolean;

/** A document or blob that the registry has at a path. */
export interface Stored {
  readonly type: string;
  readonly bytes: Buffer;
}

export interface MadeImage {
  /** `127.0.0.1:1234/name:tag`. */
  readonly reference: string;
  readonly digest: string;
  readonly config: Buffer;
  readonly layers: readonly Buffer[];
}

export interface ImageOptions {
  readonly layers: readonly (readonly TarMember[])[];
  /** Layers as they are, in the place of those made of members. */
  readonly blobs?: readonly Buffer[];
  readonly diffIds?: readonly string[];
  readonly compress?: (tar: Buffer) => Buffer;
  readonly architecture?: string;
}

export const ownArchitecture = process.arch === 'x64' ? 'amd64' : process.arch;

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** A registry in memory that does what it should, until a test gives it a fault. Knows ranges, and asks for no login. */
export class TestRegistry implements AsyncDisposable {
  /** `METHOD path` of each request, with its Range where it has one. */
  readonly requests: string[] = [];
  readonly headers: IncomingMessage['headers'][] = [];
  fault: Fault = () => false;
  readonly #stored = new Map<string, Stored>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#answer(request, response),
    );
  }

  static async start(): Promise<TestRegistry> {
    const server = createServer();
    const registry = new TestRegistry(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  /** `127.0.0.1:1234`. */
  get host(): string {
    return `127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  put(path: string, type: string, bytes: Buffer): void {
    this.#stored.set(path, { type, bytes });
  }

  async image(name: string, options: ImageOptions): Promise<MadeImage> {
    const tars = await Promise.all(options.layers.map((members) => packed(members)));
    const layers = options.blobs ?? tars.map(options.compress ?? ((tar) => gzipSync(tar)));
    const config = Buffer.from(
      JSON.stringify({
        architecture: options.architecture ?? ownArchitecture,
        os: 'linux',
        config: { Cmd: ['run'] },
        rootfs: { type: 'layers', diff_ids: options.diffIds ?? tars.map((tar) => `sha256:${sha256(tar)}`) },
      }),
    );
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST,
        config: this.#blob(name, config, 'application/vnd.oci.image.config.v1+json'),
        layers: layers.map((layer) => this.#blob(name, layer, 'application/vnd.oci.image.layer.v1.tar+gzip')),
      }),
    );
    const digest = this.manifest(name, manifest);
    return { reference: `${this.host}/${name}:1`, digest, config, layers };
  }

  /** An index of images that are there, by platform; replaces the tag. */
  index(name: string, entries: readonly { digest: string; platform: object }[]): string {
    const manifests = entries.map(({ digest, platform }) => {
      const size = this.#stored.get(`/v2/${name}/manifests/${digest}`)?.bytes.length ?? 0;
      return { mediaType: MANIFEST, digest, size, platform };
    });
    return this.manifest(
      name,
      Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })),
      INDEX,
    );
  }

  manifest(name: string, bytes: Buffer, type = MANIFEST): string {
    const digest = `sha256:${sha256(bytes)}`;
    for (const version of [digest, '1']) this.put(`/v2/${name}/manifests/${version}`, type, bytes);
    return digest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #blob(name: string, bytes: Buffer, mediaType: string): object {
    const digest = `sha256:${sha256(bytes)}`;
    this.put(`/v2/${name}/blobs/${digest}`, 'application/octet-stream', bytes);
    return { mediaType, digest, size: bytes.length };
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const range = request.headers.range === undefined ? '' : ` ${request.headers.range}`;
    this.requests.push(`${request.method ?? ''} ${path}${range}`);
    this.headers.push(request.headers);
    const found = this.#stored.get(path);
    if (this.fault(request, response, found)) return;
    if (path === '/v2/') response.end('{}');
    else if (found) serve(request, response, found);
    else refuse(response, 404, { code: path.includes('/blobs/') ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN' });
  }
}

export function refuse(
  response: ServerResponse,
  status: number,
  error: object,
  headers: Readonly<Record<string, string>> = {},
): true {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify({ errors: [error] }));
  return true;
}

/** What a sound registry answers; `upTo` cuts the connection after so many bytes of the body. */
export function serve(
  request: IncomingMessage,
  response: ServerResponse,
  found: Stored,
  upTo?: number,
): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const body = found.bytes.subarray(from);
  response.writeHead(from > 0 ? 206 : 200, {
    'Content-Type': found.type,
    'Content-Length': body.length,
    'Docker-Content-Digest': `sha256:${sha256(found.bytes)}`,
    ...(from > 0 && {
      'Content-Range': `bytes ${String(from)}-${String(found.bytes.length - 1)}/${String(found.bytes.length)}`,
    }),
  });
  if (request.method === 'HEAD') response.end();
  else if (upTo === undefined) response.end(body);
  else response.write(body.subarray(0, upTo), () => response.destroy());
}
