import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Destination } from './tcp-forwarder.ts';

/** Clients of one port at a time; the one that was silent longest makes room for another. */
const SESSIONS_MAX = 1024;
/** As the kernel forgets a UDP flow that had answers: 120 s by default, here somewhat less. */
const SESSION_IDLE_MS = 90_000;

/**
 * Receives on a bound socket, which it adopts, and passes datagrams on to the target, from one socket per client,
 * so that answers find their way back.
 */
export class UdpForwarder {
  target: Destination;
  readonly #socket: Socket;
  readonly #idleMs: number;
  readonly #sessionsMax: number;
  /** In the order of last use. */
  readonly #sessions = new Map<string, Session>();

  constructor(options: {
    readonly fd: number;
    readonly hostIp: string;
    readonly target: Destination;
    readonly idleMs?: number;
    readonly sessionsMax?: number;
  }) {
    this.target = options.target;
    this.#idleMs = options.idleMs ?? SESSION_IDLE_MS;
    this.#sessionsMax = options.sessionsMax ?? SESSIONS_MAX;
    this.#socket = createSocket(isIPv6(options.hostIp) ? 'udp6' : 'udp4');
    this.#socket.on('error', ignore);
    this.#socket.on('message', (data, client) => this.#receive(data, client));
    this.#socket.bind({ fd: options.fd });
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  close(): void {
    this.#socket.close();
    for (const key of [...this.#sessions.keys()]) this.#endSession(key);
  }

  #receive(data: Buffer, client: RemoteInfo): void {
    const key = `${client.address} ${client.port}`;
    const session = this.#sessions.get(key) ?? this.#newSession(key, client);
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    session.idle.refresh();
    session.socket.send(data, session.target.port, session.target.address);
  }

  #newSession(key: string, client: RemoteInfo): Session {
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= this.#sessionsMax && oldest !== undefined) this.#endSession(oldest);
    const { target } = this;
    const socket = createSocket(isIPv6(target.address) ? 'udp6' : 'udp4');
    const idle = setTimeout(() => this.#endSession(key), this.#idleMs);
    socket.on('error', ignore);
    socket.on('message', (data, sender) => {
      if (sender.port !== target.port || sender.address !== target.address) return;
      idle.refresh();
      this.#socket.send(data, client.port, client.address);
    });
    return { socket, idle, target };
  }

  #endSession(key: string): void {
    const session = this.#sessions.get(key);
    this.#sessions.delete(key);
    if (!session) return;
    clearTimeout(session.idle);
    session.socket.close();
  }
}

interface Session {
  readonly socket: Socket;
  readonly idle: NodeJS.Timeout;
  readonly target: Destination;
}

function ignore(): void {
  // A datagram that can't be sent is lost, as datagrams may be.
}
