import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { FRAME_LENGTH_MAX, framed, MessageReader } from './tcp-frames.ts';

/** Answers one message; `undefined`: no reply. */
export type Respond = (message: Buffer) => Buffer | undefined | Promise<Buffer | undefined>;

/**
 * Serves DNS over TCP on a listening socket, which it adopts. Clients may send many questions at once and get the
 * replies as they come. One that is silent, talks nonsense or does not read is cut off; it holds nobody else up.
 */
export class TcpService {
  readonly #server: Server;
  readonly #connections = new Set<Socket>();

  constructor(options: { readonly fd: number; readonly respond: Respond }) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket));
      serve(socket, options.respond);
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.on('error', () => {
      // Accepting one connection failed (too many open files): that client tries again.
    });
    this.#server.listen({ fd: options.fd });
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#connections) socket.destroy();
  }
}

const CONNECTIONS_MAX = 256;
const IDLE_MS = 10_000;
/** Questions of one connection that may wait for their answers; more stay in the kernel's buffers. */
const WAITING_MAX = 64;
const UNREAD_LENGTH_MAX = 4 * FRAME_LENGTH_MAX;

function serve(socket: Socket, respond: Respond): void {
  const reader = new MessageReader();
  let waiting = 0;
  let hasEnded = false;

  async function answer(message: Buffer): Promise<void> {
    waiting++;
    const reply = await respond(message);
    waiting--;
    if (socket.destroyed) return;
    if (reply) socket.write(framed(reply));
    if (socket.writableLength > UNREAD_LENGTH_MAX) socket.destroy();
    else if (hasEnded && waiting === 0) socket.end();
    else if (waiting < WAITING_MAX) socket.resume();
  }

  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('end', () => {
    hasEnded = true;
    if (waiting === 0) socket.end();
  });
  socket.on('data', (chunk: Buffer) => {
    for (const message of reader.push(chunk)) void answer(message);
    if (reader.isBroken) socket.destroy();
    else if (waiting >= WAITING_MAX) socket.pause();
  });
}
