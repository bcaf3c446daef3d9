import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import type { DatagramSender } from '../host/datagram-batch.ts';
import { closeSocket, openResolverSockets } from '../host/sockets.ts';
import { AnswerBatch } from './answer-batch.ts';
import { Answerer } from './answerer.ts';
import { Forwarder } from './forwarder.ts';
import type { Patience } from './first-answer.ts';
import type { Query } from './query.ts';
import { TcpService } from './tcp-service.ts';
import { RESOLVER_ADDRESS, upstreamsFor } from './upstreams.ts';
import type { Upstream } from './upstreams.ts';
import type { ZoneTable } from './zone.ts';

export interface ResolverOptions {
  readonly zone: ZoneTable;
  /** The host's servers, asked for at each question that goes outside. */
  readonly upstreams: () => readonly Upstream[];
  /** Takes a line about questions that no server answered; at most one each two seconds. */
  readonly log: (line: string) => void;
  /** From 0 up to 1, for the order of addresses. Default Math.random. */
  readonly random?: () => number;
  readonly patience?: Patience;
}

export interface OpenResolver {
  readonly containerId: string;
  /** Path of the container's network namespace. */
  readonly netns: string;
  /** Ports to take again after a restart of the engine. Default: any. */
  readonly udpPort?: number;
  readonly tcpPort?: number;
  /** The container's own servers (`dns:`), asked from its namespace in place of the host's. */
  readonly servers?: readonly string[];
  /** The container has set `ndots` above 0: addresses of unknown single labels do not exist, and nobody is asked. */
  readonly keepsSingleLabels?: boolean;
}

export interface ResolverPorts {
  readonly udpPort: number;
  readonly tcpPort: number;
}

/**
 * The resolver that each container finds at 127.0.0.11. Who asks is known by the socket, which stands inside that
 * container's namespace; the redirect from port 53 to the ports returned is the caller's to make.
 */
export class Resolver {
  readonly #options: ResolverOptions;
  readonly #services = new Map<string, ContainerResolver>();
  #batch: AnswerBatch | undefined;
  /** Random ones, but the same in each namespace where they are free: so the rules that lead there are the same. */
  #usual: ResolverPorts | undefined;
  #quietUntil = 0;

  constructor(options: ResolverOptions) {
    this.#options = options;
  }

  /**
   * Opens the sockets of one container; it answers at once. A port that was asked for but is taken is replaced by
   * another: compare. Opening again closes the sockets of before. Throws KernelError.
   */
  open(request: OpenResolver): ResolverPorts {
    const former = this.#services.get(request.containerId);
    this.close(request.containerId);
    const service = new ContainerResolver({
      ...this.#options,
      batch: (this.#batch ??= new AnswerBatch()),
      request: { ...this.#usual, ...former?.ports, ...request },
      onFailure: (name) => this.#reportFailure(request.containerId, name),
    });
    this.#services.set(request.containerId, service);
    this.#usual ??= service.ports;
    return service.ports;
  }

  /** The ports of an open resolver. */
  portsOf(containerId: string): ResolverPorts | undefined {
    return this.#services.get(containerId)?.ports;
  }

  /** Frees sockets, connections and waiting questions. A container without a resolver is no error. */
  close(containerId: string): void {
    this.#services.get(containerId)?.close();
    this.#services.delete(containerId);
  }

  closeAll(): void {
    for (const containerId of this.#services.keys()) this.close(containerId);
  }

  #reportFailure(containerId: string, name: string): void {
    const now = Date.now();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + QUIET_MS;
    this.#options.log(`dns: no server answered ${JSON.stringify(name)} for ${containerId.slice(0, 12)}`);
  }
}

const QUIET_MS = 2000;

/** The two sockets of one container and what stands behind them. */
class ContainerResolver {
  readonly ports: ResolverPorts;
  readonly #answerer: Answerer;
  readonly #forwarder: Forwarder;
  readonly #upstreams: () => readonly Upstream[];
  readonly #udp: Socket;
  readonly #udpFd: number;
  readonly #batch: AnswerBatch;
  readonly #tcp: TcpService;
  /** Questions that wait for upstream servers, so that a client's second try is not passed on again. */
  readonly #waiting = new Set<string>();
  #isClosed = false;

  constructor(
    options: ResolverOptions & {
      request: OpenResolver;
      batch: AnswerBatch;
      onFailure: (name: string) => void;
    },
  ) {
    const { zone, random = Math.random, request, patience, onFailure } = options;
    this.#batch = options.batch;
    const { containerId, netns } = request;
    this.#answerer = new Answerer({
      zone,
      asker: containerId,
      random,
      keepsSingleLabels: request.keepsSingleLabels ?? false,
    });
    this.#forwarder = new Forwarder({ ...(patience && { patience }), onFailure });
    this.#upstreams = () =>
      upstreamsFor({
        ownServers: request.servers ?? [],
        netns,
        host: options.upstreams,
        hasWayOut: zone.hasWayOut(containerId),
        isOwnAddress: (address) => zone.hasAddress(containerId, address),
      });
    const sockets = openResolverSockets(netns, { ...request, address: RESOLVER_ADDRESS });
    this.ports = { udpPort: sockets.udpPort, tcpPort: sockets.tcpPort };
    this.#udpFd = sockets.udpFd;
    this.#udp = adoptUdp(sockets.udpFd, sockets.tcpFd);
    const answerOne = (message: Buffer, client: DatagramSender): void => this.#answer(message, client);
    this.#udp.on('message', (message, client) => {
      this.#batch.serve({ fd: this.#udpFd, answerer: this.#answerer, answerOne }, message, client);
    });
    this.#tcp = new TcpService({ fd: sockets.tcpFd, respond: (message) => this.#respondTcp(message) });
  }

  close(): void {
    this.#isClosed = true;
    this.#forwarder.close();
    this.#udp.close();
    this.#tcp.close();
  }

  #answer(message: Buffer, client: DatagramSender): void {
    const verdict = this.#answerer.answer(message, 'udp');
    if (Buffer.isBuffer(verdict)) this.#udp.send(verdict, client.port, client.address);
    else if (verdict !== 'drop') void this.#receiveForeign(message, verdict.forward, client);
  }

  async #receiveForeign(message: Buffer, query: Query, client: DatagramSender): Promise<void> {
    const key = `${client.port} ${message.toString('latin1')}`;
    if (this.#waiting.has(key)) return;
    this.#waiting.add(key);
    const reply = await this.#forward(message, query, 'udp');
    this.#waiting.delete(key);
    if (!this.#isClosed) this.#udp.send(reply, client.port, client.address);
  }

  #respondTcp(message: Buffer): Buffer | undefined | Promise<Buffer> {
    const verdict = this.#answerer.answer(message, 'tcp');
    if (Buffer.isBuffer(verdict)) return verdict;
    return verdict === 'drop' ? undefined : this.#forward(message, verdict.forward, 'tcp');
  }

  #forward(message: Buffer, query: Query, transport: 'udp' | 'tcp'): Promise<Buffer> {
    return this.#forwarder.forward({ message, query, transport, upstreams: this.#upstreams() });
  }
}

function adoptUdp(udpFd: number, tcpFd: number): Socket {
  const socket = createSocket({
    type: 'udp4',
    // Clients are addresses already; Node's own way there takes a turn of the event loop for each reply.
    lookup: (address, _options, done) => done(null, address, 4),
  });
  socket.on('error', () => {
    // A reply that can't be sent (a firewall in the container) is lost; the client asks again.
  });
  try {
    return socket.bind({ fd: udpFd });
  } catch (error) {
    closeSocket(udpFd);
    closeSocket(tcpFd);
    throw error;
  }
}
