import type { ContainerRecord } from '../../model/container.ts';
import type { NetworkRecord } from '../../model/network.ts';
import type { OpenSocket } from '../../host/open-sockets.ts';
import type { SavedRules } from '../../network/firewall/saved-rules.ts';

/** A network namespace: the host's own, or the one of a container. */
export interface Place {
  /** Path of the namespace; undefined: the host's. */
  readonly netns: string | undefined;
  /** A process inside, for /proc; 0: the host's. */
  readonly pid: number;
}

export const HOST: Place = { netns: undefined, pid: 0 };

/** What `ip route get` says. */
export interface RouteAnswer {
  readonly dev: string;
  /** Gateway; empty when the destination is on the link. */
  readonly via: string;
  /** The source address that the kernel takes. */
  readonly source: string;
  readonly isLocal: boolean;
}

/** The facts that a trace is decided by. Nothing in it changes the machine. */
export interface TraceWorld {
  /** The word that the names of the firewall's chains begin with. */
  readonly owner: string;
  readonly containers: readonly ContainerRecord[];
  readonly networks: readonly NetworkRecord[];
  /** Firewall of the host, everybody's rules. */
  readonly rules: { readonly ipv4: SavedRules; readonly ipv6: SavedRules };
  readonly forwards: boolean;
  /** Whether the firewall sees packets between two ports of one bridge. */
  readonly bridgesAreFiltered: boolean;
  /** The address by which neighbours on the LAN know the host, and its interface; undefined without a LAN. */
  readonly lan: { readonly address: string; readonly dev: string; readonly neighbour: string } | undefined;
  isLive(containerId: string): boolean;
  /** Undefined for a container that does not run. */
  placeOf(container: ContainerRecord): Place | undefined;
  /** Addresses that our zone has for a name, or undefined when it belongs to nobody whom the asker sees. */
  zoneAnswer(
    containerId: string,
    name: string,
  ): { readonly addresses: readonly string[]; readonly network: string } | undefined;
  hasWayOut(containerId: string): boolean;
  /** Text of /etc/hosts there. */
  hostsFile(place: Place): string;
  /** Addresses that the host's servers have for a name. */
  askOutside(name: string): Promise<readonly string[]>;
  /** The route, or the kernel's words why there is none. */
  route(
    place: Place,
    to: string,
    incoming?: { readonly from: string; readonly dev: string },
  ): Promise<RouteAnswer | string>;
  sockets(place: Place, protocol: 'tcp' | 'udp'): Promise<readonly OpenSocket[]>;
  /** True for a port of a bridge that may not talk to its like. */
  isIsolated(hostInterface: string): boolean;
}
