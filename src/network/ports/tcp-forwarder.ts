import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

/** Where to pass connections on. */
export interface Destination {
  readonly address: string;
  readonly port: number;
}

/** The kernel takes as many as net.core.somaxconn says. */
const BACKLOG_MAX = 65_535;

/**
 * Accepts on a listening socket, which it adopts, and pipes each connection to the target. Each direction ends by
 * itself, a slow reader slows the writer, and an error on one side resets the other.
 */
export class TcpForwarder {
  target: Destination;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();

  constructor(options: { readonly fd: number; readonly target: Destination }) {
    this.target = options.target;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#pass(client));
    this.#server.on('error', () => {
      // One connection could not be accepted (too many open files); the socket goes on listening.
    });
    // For a socket that is adopted Node looks for the length here only, not among the options.
    this.#server.listen({ fd: options.fd }, BACKLOG_MAX);
  }

  close(): void {
    this.#server.close();
    for (const client of this.#clients) client.destroy();
  }

  #pass(client: Socket): void {
    const { address, port } = this.target;
    const server = connect({ host: address, port, allowHalfOpen: true });
    this.#clients.add(client);
    client.setNoDelay(true);
    server.setNoDelay(true);
    client.pipe(server);
    server.pipe(client);
    client.on('error', () => server.resetAndDestroy());
    server.on('error', () => client.resetAndDestroy());
    // Closed before both directions ended: nobody will read or write the rest.
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroySoon());
    client.on('close', () => this.#clients.delete(client));
  }
}
