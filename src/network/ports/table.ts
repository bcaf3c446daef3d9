import type { PortRequest, Protocol, PublishedPort } from '../../model/network.ts';
import { ipKey } from '../../host/ip-bytes.ts';
import type { BerthError } from '../../model/errors.ts';
import { bindPlace, PortBinder, unbind } from './binding.ts';
import type { BoundPort, Refusal } from './binding.ts';
import { addressNotHere, bindRefused, portTaken, rangeExhausted } from './errors.ts';
import { describeHolder, findHolder } from './holder.ts';
import type { PortPlace } from './holder.ts';
import { TcpForwarder } from './tcp-forwarder.ts';
import { UdpForwarder } from './udp-forwarder.ts';

/** Whose ports they are. */
export interface PortOwner {
  /** What the owner is called in `release` and `forward`: an id, or a name that stays. */
  readonly container: string;
  /** How errors call it. Default: `container <container>`. */
  readonly title?: string;
}

/**
 * The host ports that containers publish. Each one is held by a real socket in the engine's network namespace, so
 * that no other program gets it. Packets normally never reach these sockets, as the kernel redirects them before;
 * what does arrive waits until `forward` says where to, and is piped there.
 */
export class PortTable {
  readonly #reservations = new Map<string, Reservation>();
  /** Every held place by protocol and number. */
  readonly #held = new Map<string, Set<HeldPort>>();
  readonly #binder = new PortBinder((place) => this.#holderAmongUs(place) !== undefined);

  /**
   * Takes all ports or none. The taking itself is one synchronous turn: two containers that reserve at the same
   * time never end up with half each. Asking again with the same requests gives the same ports. Throws EngineError
   * PORT_TAKEN (naming the holder), PORT_RANGE_EXHAUSTED, PORT_ADDRESS_UNKNOWN, PORT_BIND_FAILED.
   */
  async reserve(
    wish: PortOwner & { readonly requests: readonly PortRequest[] },
  ): Promise<readonly PublishedPort[]> {
    const { container, requests } = wish;
    const former = this.#reservations.get(container);
    const purpose = JSON.stringify(requests);
    if (former?.purpose === purpose) return former.ports.map(({ port }) => port);
    this.release(container);
    const { taken, refusals } = this.#takeAll(wish, requests);
    if (refusals.length > 0) {
      for (const held of taken) this.#drop(held);
      throw await this.#explain(refusals);
    }
    this.#reservations.set(container, { purpose, ports: taken });
    return taken.map(({ port }) => port);
  }

  /**
   * Takes the ports of a running container again, after a restart of the engine. Never throws: returns those that
   * somebody else has meanwhile; they stay the container's in this table, as the kernel still redirects them.
   */
  adopt(claim: PortOwner & { readonly ports: readonly PublishedPort[] }): readonly PublishedPort[] {
    this.release(claim.container);
    const lost: PublishedPort[] = [];
    const ports = claim.ports.map((port) => {
      const fd = bindAgain(port);
      if (fd === 'lost') lost.push(port);
      return this.#hold(claim, { port, fd: fd === 'lost' ? undefined : fd });
    });
    this.#reservations.set(claim.container, { purpose: undefined, ports });
    return lost;
  }

  /** Frees all ports of a container, and the connections that run through them. None is no error. */
  release(container: string): void {
    for (const held of this.#reservations.get(container)?.ports ?? []) this.#drop(held);
    this.#reservations.delete(container);
  }

  releaseAll(): void {
    for (const container of [...this.#reservations.keys()]) this.release(container);
  }

  /**
   * Says at which address the container is, for its ports to be served from then on. Called again with another
   * address, it moves new connections there.
   */
  forward(order: { readonly container: string; readonly address: string }): void {
    for (const held of this.#reservations.get(order.container)?.ports ?? []) held.serve(order.address);
  }

  /** Which container of ours has a place, in words. */
  ownerOf(place: PortPlace): string | undefined {
    return this.#holderAmongUs(place)?.owner;
  }

  #takeAll(owner: PortOwner, requests: readonly PortRequest[]): { taken: HeldPort[]; refusals: Refused[] } {
    const taken = new Map<PortRequest, HeldPort[]>();
    const refusals: Refused[] = [];
    for (const request of requests.toSorted((one, other) => choices(one) - choices(other))) {
      const result = this.#binder.take(request);
      // Whose it is must be noted now: it may be this container's own, which loses all again.
      if ('kind' in result) refusals.push({ ...result, owner: this.ownerOf(result.place) });
      else
        taken.set(
          request,
          result.map((port) => this.#hold(owner, port)),
        );
    }
    return { taken: requests.flatMap((request) => taken.get(request) ?? []), refusals };
  }

  #hold(owner: PortOwner, bound: BoundPort): HeldPort {
    const held = new HeldPort(owner.title ?? `container ${owner.container}`, bound);
    const key = numberKey(bound.port);
    const set = this.#held.get(key);
    if (set) set.add(held);
    else this.#held.set(key, new Set([held]));
    return held;
  }

  #drop(held: HeldPort): void {
    held.close();
    const key = numberKey(held.port);
    const set = this.#held.get(key);
    set?.delete(held);
    if (set?.size === 0) this.#held.delete(key);
  }

  #holderAmongUs(place: PortPlace): HeldPort | undefined {
    return [...(this.#held.get(numberKey(place)) ?? [])].find((held) =>
      hostAddressesMeet(held.port.hostIp, place.hostIp),
    );
  }

  /** One error for all that was refused: the first one, the others within it. */
  async #explain(refusals: readonly Refused[]): Promise<BerthError> {
    const errors = await Promise.all(refusals.map((refusal) => this.#errorFor(refusal)));
    const [first, ...others] = errors;
    if (!first) throw new TypeError('Expected a refusal to explain');
    return others.length === 0 ? first : withOthers(first, others);
  }

  async #errorFor(refusal: Refused): Promise<BerthError> {
    const { place, request, owner } = refusal;
    switch (refusal.kind) {
      case 'address':
        return addressNotHere(place);
      case 'exhausted':
        return rangeExhausted(place, refusal.range);
      case 'other':
        return bindRefused(place, refusal.cause);
      case 'taken': {
        const process = owner === undefined ? await findHolder(place) : undefined;
        const holder = owner ?? (process && describeHolder(process));
        return portTaken(place, { holder, free: this.#binder.freeNear(request, place.hostPort) });
      }
    }
  }
}

type Refused = Refusal & {
  /** The container of ours that had the place, in words. */
  readonly owner: string | undefined;
};

interface Reservation {
  /** The requests it answers, as text; `undefined` after an adoption. */
  readonly purpose: string | undefined;
  readonly ports: readonly HeldPort[];
}

/** One held place: a bare socket first, a served one from `serve` on. */
class HeldPort {
  /** In words. */
  readonly owner: string;
  readonly port: PublishedPort;
  readonly #fd: number | undefined;
  #forwarder: TcpForwarder | UdpForwarder | undefined;

  constructor(owner: string, bound: BoundPort) {
    this.owner = owner;
    this.port = bound.port;
    this.#fd = bound.fd;
  }

  serve(address: string): void {
    const target = { address, port: this.port.containerPort };
    if (this.#fd === undefined || this.port.protocol === 'sctp') return;
    if (this.#forwarder) this.#forwarder.target = target;
    else if (this.port.protocol === 'tcp') this.#forwarder = new TcpForwarder({ fd: this.#fd, target });
    else this.#forwarder = new UdpForwarder({ fd: this.#fd, hostIp: this.port.hostIp, target });
  }

  close(): void {
    if (this.#forwarder) this.#forwarder.close();
    else unbind([{ port: this.port, fd: this.#fd }]);
  }
}

function bindAgain(port: PublishedPort): number | undefined | 'lost' {
  try {
    return bindPlace(port);
  } catch {
    return 'lost';
  }
}

function numberKey(place: { protocol: Protocol; hostPort: number }): string {
  return `${place.hostPort}/${place.protocol}`;
}

/** Our IPv6 sockets take no IPv4, so `::` and `0.0.0.0` live side by side. */
function hostAddressesMeet(one: string, other: string): boolean {
  const [first = '', second = ''] = [ipKey(one), ipKey(other)];
  const isAny = /^0+$/.test(first) || /^0+$/.test(second);
  return first === second || (isAny && first.length === second.length);
}

function withOthers(first: BerthError, others: readonly BerthError[]): BerthError {
  return Object.assign(first, { others });
}

/** More than there are. */
const ANY_PORT = 1 << 16;

/** How many host ports would do: who can have only one comes first, so that nobody else is given it by chance. */
function choices({ hostPort, hostPortEnd }: PortRequest): number {
  return hostPort === 0 ? ANY_PORT : hostPortEnd - hostPort;
}
