import { diagnose } from '../../host/diagnostics.ts';
import { isErrno } from '../../host/kernel.ts';
import { localPortRange, reservedPorts } from '../../host/port-range.ts';
import type { PortRange } from '../../host/port-range.ts';
import { bindSocket, closeSocket } from '../../host/sockets.ts';
import type { PortRequest, PublishedPort } from '../../model/network.ts';
import type { PortPlace } from './holder.ts';

/** A port that was taken. `fd` is undefined for what needs no socket: see `withoutSocket`. */
export interface BoundPort {
  readonly port: PublishedPort;
  readonly fd: number | undefined;
}

/** Why a request could not be met, and for the first place where it failed. */
export type Refusal =
  | { readonly kind: 'taken' | 'address'; readonly place: PortPlace; readonly request: PortRequest }
  | {
      readonly kind: 'exhausted';
      readonly place: PortPlace;
      readonly request: PortRequest;
      readonly range: PortRange;
    }
  | {
      readonly kind: 'other';
      readonly place: PortPlace;
      readonly request: PortRequest;
      readonly cause: unknown;
    };

/** Chooses numbers for ports and binds them. Remembers only where it stopped looking for a free one. */
export class PortBinder {
  #next = 0;
  readonly #isOurs: (place: PortPlace) => boolean;

  /** `isOurs`: places that are taken although no socket says so. */
  constructor(isOurs: (place: PortPlace) => boolean) {
    this.#isOurs = isOurs;
  }

  /** Takes one request, on all its addresses under the same number, or nothing. Synchronous. */
  take(request: PortRequest): readonly BoundPort[] | Refusal {
    if (request.hostPort === 0) return this.#takeAny(request);
    const { hostPort: first } = request;
    const last = Math.max(first, request.hostPortEnd);
    for (let port = first; port <= last; port++) {
      const taken = this.takeNumber(request, port);
      if (!('kind' in taken) || taken.kind !== 'taken' || first === last) return taken;
    }
    return { kind: 'exhausted', place: placesOf(request, first)[0], request, range: { first, last } };
  }

  /** Takes one number on all addresses of the request, or nothing. */
  takeNumber(request: PortRequest, hostPort: number): readonly BoundPort[] | Refusal {
    const taken: BoundPort[] = [];
    for (const place of placesOf(request, hostPort)) {
      const bound = this.#bind(request, place);
      if (bound === 'no such family') continue;
      if ('kind' in bound) {
        unbind(taken);
        return bound;
      }
      taken.push(bound);
    }
    return taken;
  }

  /** A number near the one that was refused which could be had at this moment. */
  freeNear(request: PortRequest, hostPort: number): number | undefined {
    for (let step = 1; step <= NEAR; step++) {
      const candidate = hostPort + step;
      if (candidate > PORT_MAX) return undefined;
      const taken = this.takeNumber(request, candidate);
      if ('kind' in taken) continue;
      unbind(taken);
      return candidate;
    }
    return undefined;
  }

  /** Goes on from the last number given, so that a port just freed is not handed to another container at once. */
  #takeAny(request: PortRequest): readonly BoundPort[] | Refusal {
    const range = localPortRange();
    const reserved = reservedPorts();
    const count = range.last - range.first + 1;
    const start = this.#next >= range.first && this.#next <= range.last ? this.#next : range.first;
    for (let step = 0; step < count; step++) {
      const port = range.first + ((start - range.first + step) % count);
      if (reserved.has(port)) continue;
      const taken = this.takeNumber(request, port);
      if ('kind' in taken && taken.kind === 'taken') continue;
      this.#next = port + 1;
      return taken;
    }
    return { kind: 'exhausted', place: placesOf(request, 0)[0], request, range };
  }

  #bind(request: PortRequest, place: PortPlace): BoundPort | Refusal | 'no such family' {
    const port: PublishedPort = { ...place, containerPort: request.containerPort };
    if (this.#isOurs(place)) return { kind: 'taken', place, request };
    try {
      return { port, fd: bindPlace(place) };
    } catch (error) {
      const isSecondFamily = request.hostIp === '' && place.hostIp === ANY_IPV6;
      if (isSecondFamily && isErrno(error, 'EAFNOSUPPORT', 'EADDRNOTAVAIL')) return 'no such family';
      if (isErrno(error, 'EADDRINUSE')) return { kind: 'taken', place, request };
      if (isErrno(error, 'EADDRNOTAVAIL')) return { kind: 'address', place, request };
      return { kind: 'other', place, request, cause: error };
    }
  }
}

/** Holds a port. `undefined`: the kernel has no such sockets (SCTP as a module), and none are needed for DNAT. */
export function bindPlace(place: PortPlace): number | undefined {
  try {
    return bindSocket({ protocol: place.protocol, address: place.hostIp, port: place.hostPort }).fd;
  } catch (error) {
    if (place.protocol === 'sctp' && isErrno(error, 'EPROTONOSUPPORT', 'ESOCKTNOSUPPORT')) {
      diagnose(`port ${place.hostPort}/sctp is translated but not held: this kernel has no SCTP sockets`);
      return undefined;
    }
    throw error;
  }
}

export function unbind(ports: readonly BoundPort[]): void {
  for (const { fd } of ports) if (fd !== undefined) closeSocket(fd);
}

const ANY_IPV6 = '::';
const PORT_MAX = 65_535;
const NEAR = 100;

function placesOf(request: PortRequest, hostPort: number): readonly [PortPlace, ...PortPlace[]] {
  const { protocol, hostIp } = request;
  if (hostIp !== '') return [{ protocol, hostIp, hostPort }];
  return [
    { protocol, hostIp: '0.0.0.0', hostPort },
    { protocol, hostIp: ANY_IPV6, hostPort },
  ];
}
