import { createSocket } from 'node:dgram';
import { isIPv6, Socket } from 'node:net';
import { randomInt } from 'node:crypto';
import { closeSocket, connectSocket, sendDatagram } from '../host/sockets.ts';
import { HEADER_LENGTH, RCODE } from './codes.ts';
import { framed, MessageReader } from './tcp-frames.ts';
import type { Upstream } from './upstreams.ts';

export interface Exchange {
  /** The client's query; its id goes to nobody else. */
  readonly query: Buffer;
  /** Offset behind the query's question section. */
  readonly questionEnd: number;
  readonly upstream: Upstream;
  /** Ends the exchange and frees its socket. */
  readonly signal: AbortSignal;
}

/** Asks one server once. Resolves with its reply, under the client's id; `undefined` when it is of no use. */
export function exchange(transport: 'udp' | 'tcp', request: Exchange): Promise<Buffer | undefined> {
  return transport === 'udp' ? overUdp(request) : overTcp(request);
}

function overUdp(request: Exchange): Promise<Buffer | undefined> {
  const { upstream, signal } = request;
  return new Promise((resolve) => {
    const query = underNewId(request.query);
    const socket = createSocket(isIPv6(upstream.address) ? 'udp6' : 'udp4');
    let hasEnded = false;
    const end = (reply?: Buffer): void => {
      // A closed socket may still report what the network said to its last datagram.
      if (hasEnded) return;
      hasEnded = true;
      signal.removeEventListener('abort', abandon);
      socket.close();
      resolve(reply);
    };
    const abandon = (): void => end();
    signal.addEventListener('abort', abandon);
    socket.on('error', abandon);
    socket.on('message', (reply) => {
      const verdict = judge(reply, { query, questionEnd: request.questionEnd });
      if (verdict !== 'foreign') end(verdict === 'useless' ? undefined : underId(reply, request.query));
    });
    try {
      socket.bind({ fd: sentTo(upstream, query) });
    } catch {
      end();
    }
  });
}

/**
 * A UDP socket connected to the server, so that nobody else's datagrams come in and "nobody listens here" does. The
 * query is on its way already, as a handle that adopts a connected socket can't send on it.
 */
function sentTo(upstream: Upstream, query: Buffer): number {
  const fd = dial('udp', upstream);
  try {
    sendDatagram(fd, query);
  } catch (error) {
    closeSocket(fd);
    throw error;
  }
  return fd;
}

function overTcp(request: Exchange): Promise<Buffer | undefined> {
  const { upstream, signal } = request;
  return new Promise((resolve) => {
    const query = underNewId(request.query);
    const reader = new MessageReader();
    const socket = tcpSocket(upstream);
    if (!socket) {
      resolve(undefined);
      return;
    }
    const end = (reply?: Buffer): void => {
      signal.removeEventListener('abort', abandon);
      socket.destroy();
      resolve(reply);
    };
    const abandon = (): void => end();
    signal.addEventListener('abort', abandon);
    socket.on('error', abandon);
    socket.on('close', abandon);
    socket.on('data', (chunk: Buffer) => {
      const [reply] = reader.push(chunk);
      if (!reply) return;
      const verdict = judge(reply, { query, questionEnd: request.questionEnd });
      end(typeof verdict === 'string' ? undefined : underId(reply, request.query));
    });
    socket.write(framed(query));
  });
}

const DNS_PORT = 53;

function dial(protocol: 'udp' | 'tcp', upstream: Upstream): number {
  const { address, port = DNS_PORT, netns } = upstream;
  return connectSocket({ protocol, address, port, netns });
}

function tcpSocket(upstream: Upstream): Socket | undefined {
  try {
    return new Socket({ fd: dial('tcp', upstream), readable: true, writable: true });
  } catch {
    return undefined;
  }
}

function underNewId(query: Buffer): Buffer {
  const copy = Buffer.from(query);
  copy.writeUInt16BE(randomInt(0x10000), 0);
  return copy;
}

function underId(reply: Buffer, query: Buffer): Buffer {
  query.copy(reply, 0, 0, 2);
  return reply;
}

/**
 * Foreign: not to this question, wait on. Useless: the server can't or won't answer, so the next one may. Names
 * that do not exist are an answer.
 */
function judge(
  reply: Buffer,
  asked: { readonly query: Buffer; readonly questionEnd: number },
): 'foreign' | 'useless' | { readonly usable: true } {
  if (reply.length < HEADER_LENGTH || ((reply[2] ?? 0) & 0x80) === 0) return 'useless';
  if (reply.readUInt16BE(0) !== asked.query.readUInt16BE(0)) return 'foreign';
  const rcode = (reply[3] ?? 0) & 0x0f;
  if (rcode === RCODE.servFail || rcode === RCODE.refused) return 'useless';
  const questions = reply.readUInt16BE(4);
  // Some servers echo no question with an error.
  if (questions === 0 && rcode !== RCODE.noError) return { usable: true };
  const echo = reply.toString('latin1', HEADER_LENGTH, asked.questionEnd).toLowerCase();
  const question = asked.query.toString('latin1', HEADER_LENGTH, asked.questionEnd).toLowerCase();
  return questions === 1 && echo === question ? { usable: true } : 'foreign';
}
