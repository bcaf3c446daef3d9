import { createSocket } from 'node:dgram';
import type { Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import packet from 'dns-packet';
import type { DecodedPacket, Packet } from 'dns-packet';

/** What a fake server says to one question: a packet, bytes as they are, or nothing. */
export type Reaction = (question: DecodedPacket) => Packet | Buffer | undefined;

/** A DNS server on 127.0.0.1, over UDP and TCP on one port, that counts what it is asked. */
export class UpstreamServer implements AsyncDisposable {
  readonly questions: DecodedPacket[] = [];
  readonly port: number;
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #connections: Set<Socket>;

  private constructor(parts: { udp: UdpSocket; tcp: Server; connections: Set<Socket> }) {
    this.#udp = parts.udp;
    this.#tcp = parts.tcp;
    this.#connections = parts.connections;
    this.port = (parts.tcp.address() as AddressInfo).port;
  }

  static async start(react: Reaction): Promise<UpstreamServer> {
    const connections = new Set<Socket>();
    const tcp = createServer((socket) => {
      connections.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        const answer = server.#answer(chunk.subarray(2), react);
        if (!answer) return;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.write(Buffer.concat([length, answer]));
      });
    });
    await once(tcp.listen(0, '127.0.0.1'), 'listening');
    const udp = createSocket('udp4');
    udp.on('message', (message, client) => {
      const answer = server.#answer(message, react);
      if (answer) udp.send(answer, client.port, client.address);
    });
    await once(udp.bind((tcp.address() as AddressInfo).port, '127.0.0.1'), 'listening');
    const server = new UpstreamServer({ udp, tcp, connections });
    return server;
  }

  get upstream(): { address: string; port: number } {
    return { address: '127.0.0.1', port: this.port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    this.#udp.close();
    await new Promise((resolve) => this.#tcp.close(resolve));
  }

  #answer(message: Buffer, react: Reaction): Buffer | undefined {
    const question = packet.decode(message);
    this.questions.push(question);
    const answer = react(question);
    if (!answer || Buffer.isBuffer(answer)) return answer;
    return packet.encode({
      type: 'response',
      ...(question.id !== undefined && { id: question.id }),
      ...(question.questions && { questions: question.questions }),
      ...answer,
    });
  }
}

/** Rcodes as flag bits of a reply. */
export const SERVFAIL = 2;
export const NXDOMAIN = 3;
export const REFUSED = 5;

/** One A record for the question. */
export function addressAnswer(question: DecodedPacket, address: string): Packet {
  const name = question.questions?.[0]?.name ?? '';
  return { answers: [{ type: 'A', name, ttl: 60, data: address }] };
}
