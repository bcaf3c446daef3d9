import { isIP } from 'node:net';
import { ChangingFile } from '../host/changing-file.ts';

/** A server that is asked what the zone does not know. */
export interface Upstream {
  readonly address: string;
  /** Default 53. */
  readonly port?: number;
  /** Network namespace from which it is asked; undefined: the engine's own. */
  readonly netns?: string | undefined;
}

/** Further ones are never asked, as with the C library. */
export const UPSTREAMS_MAX = 3;

/**
 * The servers of the host's resolv.conf, as it is at the moment of each question. Asked from the engine's own
 * namespace, where 127.0.0.53 is the host's stub resolver.
 */
export class HostUpstreams {
  readonly #file: ChangingFile;
  #text: string | undefined;
  #servers: readonly Upstream[] = [];

  constructor(options: { readonly path?: string } = {}) {
    this.#file = new ChangingFile(options.path ?? '/etc/resolv.conf');
  }

  current(): readonly Upstream[] {
    const text = this.#file.read();
    if (text !== this.#text) {
      this.#text = text;
      this.#servers = nameservers(text ?? '').map((address) => ({ address }));
    }
    return this.#servers;
  }
}

/** The addresses on the `nameserver` lines of a resolv.conf; what is no address is passed over. */
export function nameservers(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? '')
    .filter((address) => isIP(address) !== 0);
}

/**
 * Whom a container's question may go to. Its own servers are asked from its own namespace; the host's only when
 * one of its networks leads outside, so that an internal network does not leak through the engine.
 */
export function upstreamsFor(asker: {
  readonly ownServers: readonly string[];
  readonly netns: string;
  readonly host: () => readonly Upstream[];
  readonly hasWayOut: boolean;
  /** True for the container's own addresses: asking them would go round in a circle. */
  readonly isOwnAddress: (address: string) => boolean;
}): readonly Upstream[] {
  const { ownServers, netns, isOwnAddress } = asker;
  const candidates =
    ownServers.length > 0
      ? ownServers.filter((address) => address !== RESOLVER_ADDRESS).map((address) => ({ address, netns }))
      : asker.hasWayOut
        ? asker.host()
        : [];
  return candidates.filter(({ address }) => !isOwnAddress(address)).slice(0, UPSTREAMS_MAX);
}

/** Where a container finds its resolver. In the engine's own namespace it is somebody else's, and may be asked. */
export const RESOLVER_ADDRESS = '127.0.0.11';
