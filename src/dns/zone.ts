import { ipKey } from '../host/ip-bytes.ts';
import { addressOfReverseName, namesInNetworks } from './zone-names.ts';

/** One container's place on one network, and the names under which its neighbours there find it. */
export interface ZoneEndpoint {
  readonly containerId: string;
  /** Also the first of its names: reverse lookups give it. */
  readonly containerName: string;
  readonly network: ZoneNetwork;
  /** Empty: none. */
  readonly ipv4: string;
  readonly ipv6: string;
  /** Where the host answers on this network; absent or empty: nowhere. IPv4. */
  readonly gateway?: string;
  /** Further names: service name, aliases, short id, hostname. */
  readonly names: readonly string[];
  /** Alias → container name, for this container's own questions only. */
  readonly links?: Readonly<Record<string, string>>;
  /** False: left out of answers while another endpoint with the same name is not. Default true. */
  readonly ready?: boolean;
}

export interface ZoneNetwork {
  readonly id: string;
  readonly name: string;
  readonly internal: boolean;
}

export interface ZoneQuestion {
  /** Id of the container that asks. */
  readonly asker: string;
  /** Without a trailing dot, in any case. */
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'PTR' | 'other';
}

/** What the zone says of a name that it owns. No addresses: the name exists, a record of that type does not. */
export interface ZoneAnswer {
  readonly addresses: readonly string[];
  /** For PTR: `<name>.<network>`. */
  readonly pointer?: string;
  /** Name of the network on which it was found. */
  readonly network: string;
  /** A refusal that somebody ordered. */
  readonly failure?: 'servfail' | 'nxdomain';
}

/** What one container is told of a name, whatever the zone and other servers know: a failure, or these addresses. */
export interface NameOverride {
  readonly name: string;
  readonly answer: 'servfail' | 'nxdomain' | readonly string[];
}

/**
 * Who is called what on which network. Pure: no sockets, no clock. Each change costs as much as the endpoint has
 * names; a lookup costs as much as the asker has networks.
 */
export class ZoneTable {
  /** Grows with every change, so that answers made ahead know when they are out of date. */
  version = 0;
  readonly #networks = new Map<string, NetworkNames>();
  readonly #containers = new Map<string, ContainerPlaces>();
  readonly #overrides = new Map<string, readonly NameOverride[]>();

  /** Adds an endpoint, or replaces what was said of it before. */
  setEndpoint(endpoint: ZoneEndpoint): void {
    this.version++;
    const { containerId, network } = endpoint;
    const names = this.#networkNames(network);
    const places = this.#places(containerId);
    const former = places.endpoints.get(network.id);
    if (former) names.remove(former);
    names.add(endpoint);
    places.endpoints.set(network.id, endpoint);
  }

  /** Forgets an endpoint; one that is not there is no error. */
  removeEndpoint(containerId: string, networkId: string): void {
    const places = this.#containers.get(containerId);
    const endpoint = places?.endpoints.get(networkId);
    if (!places || !endpoint) return;
    this.version++;
    places.endpoints.delete(networkId);
    if (places.endpoints.size === 0) this.#containers.delete(containerId);
    const names = this.#networks.get(networkId);
    names?.remove(endpoint);
    if (names?.isEmpty === true) this.#networks.delete(networkId);
  }

  removeContainer(containerId: string): void {
    const networkIds = [...(this.#containers.get(containerId)?.endpoints.keys() ?? [])];
    for (const networkId of networkIds) this.removeEndpoint(containerId, networkId);
    this.#containers.delete(containerId);
  }

  /**
   * The order in which this container's networks are asked; those not named follow in the order in which they
   * came, which is also the order when this was never called. Forgotten with the container's last endpoint.
   */
  setOrder(containerId: string, networkIds: readonly string[]): void {
    this.version++;
    this.#places(containerId).order = networkIds;
  }

  /** What a container is told in place of what the zone knows; the last one for a name counts. None: the zone again. */
  setOverrides(containerId: string, overrides: readonly NameOverride[]): void {
    if (overrides.length === 0 && !this.#overrides.has(containerId)) return;
    this.version++;
    if (overrides.length === 0) this.#overrides.delete(containerId);
    else this.#overrides.set(containerId, overrides);
  }

  /** True when some network of the asker leads outside: only then may its questions go to the host's servers. */
  hasWayOut(asker: string): boolean {
    return this.#endpointsOf(asker).some((endpoint) => !endpoint.network.internal);
  }

  /** True when `address` is one of the container's own. */
  hasAddress(containerId: string, address: string): boolean {
    const key = ipKey(address);
    return this.#endpointsOf(containerId).some((endpoint) => addressKeys(endpoint).includes(key ?? ''));
  }

  /** What the zone knows; `undefined` when the name belongs to nobody whom the asker can see. */
  lookup(question: ZoneQuestion): ZoneAnswer | undefined {
    const places = this.#endpointsOf(question.asker);
    const name = question.name.toLowerCase().replace(/\.$/, '');
    const override = this.#overrideFor(question.asker, name, places);
    if (override) return overriddenAnswer(override, question.type);
    return (
      this.#forward(places, name, question.type) ??
      hostAnswer(places, name, question.type) ??
      this.#reverse(places, name, question.type)
    );
  }

  #overrideFor(asker: string, name: string, places: readonly ZoneEndpoint[]): NameOverride | undefined {
    const overrides = this.#overrides.get(asker);
    if (!overrides) return undefined;
    const names = new Set([name, ...[...namesInNetworks(name, places)].map((candidate) => candidate.name)]);
    return overrides.findLast((override) => names.has(override.name.toLowerCase()));
  }

  #forward(
    places: readonly ZoneEndpoint[],
    name: string,
    type: ZoneQuestion['type'],
  ): ZoneAnswer | undefined {
    let known: ZoneAnswer | undefined;
    for (const candidate of namesInNetworks(name, places)) {
      const holders = this.#networks.get(candidate.network.id)?.holders(candidate.name);
      if (!holders) continue;
      const addresses = addressesOf(holders, type);
      if (addresses.length > 0) return { addresses, network: candidate.network.name };
      // Another network may know the name in the family that was asked for.
      known ??= { addresses, network: candidate.network.name };
    }
    return known;
  }

  #reverse(
    places: readonly ZoneEndpoint[],
    name: string,
    type: ZoneQuestion['type'],
  ): ZoneAnswer | undefined {
    const key = addressOfReverseName(name);
    if (key === undefined) return undefined;
    for (const { network } of places) {
      const holder = this.#networks.get(network.id)?.holderOfAddress(key);
      if (!holder) continue;
      const answer = { addresses: [], network: network.name };
      return type === 'PTR' ? { ...answer, pointer: `${holder.containerName}.${network.name}` } : answer;
    }
    return undefined;
  }

  #endpointsOf(containerId: string): readonly ZoneEndpoint[] {
    return this.#containers.get(containerId)?.inOrder() ?? [];
  }

  #places(containerId: string): ContainerPlaces {
    const found = this.#containers.get(containerId) ?? new ContainerPlaces();
    this.#containers.set(containerId, found);
    return found;
  }

  #networkNames(network: ZoneNetwork): NetworkNames {
    const found = this.#networks.get(network.id) ?? new NetworkNames();
    this.#networks.set(network.id, found);
    return found;
  }
}

/** What Docker Desktop calls the host, and files written there rely on. A container of that name goes first. */
const HOST_NAME = 'host.docker.internal';

function hostAnswer(
  places: readonly ZoneEndpoint[],
  name: string,
  type: ZoneQuestion['type'],
): ZoneAnswer | undefined {
  if (name !== HOST_NAME) return undefined;
  const place = places.find(({ gateway = '' }) => gateway !== '');
  if (!place?.gateway) return undefined;
  return { addresses: type === 'A' ? [place.gateway] : [], network: place.network.name };
}

class ContainerPlaces {
  readonly endpoints = new Map<string, ZoneEndpoint>();
  order: readonly string[] = [];

  inOrder(): readonly ZoneEndpoint[] {
    const all = [...this.endpoints.values()];
    if (this.order.length === 0) return all;
    const first = this.order.flatMap((id) => this.endpoints.get(id) ?? []);
    return [...first, ...all.filter((endpoint) => !this.order.includes(endpoint.network.id))];
  }
}

/** The names and addresses of one network. */
class NetworkNames {
  readonly #byName = new Map<string, Set<ZoneEndpoint>>();
  readonly #byAddress = new Map<string, Set<ZoneEndpoint>>();

  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  add(endpoint: ZoneEndpoint): void {
    for (const name of namesOf(endpoint)) addTo(this.#byName, name, endpoint);
    for (const key of addressKeys(endpoint)) addTo(this.#byAddress, key, endpoint);
  }

  remove(endpoint: ZoneEndpoint): void {
    for (const name of namesOf(endpoint)) removeFrom(this.#byName, name, endpoint);
    for (const key of addressKeys(endpoint)) removeFrom(this.#byAddress, key, endpoint);
  }

  holders(name: string): ReadonlySet<ZoneEndpoint> | undefined {
    return this.#byName.get(name);
  }

  holderOfAddress(key: string): ZoneEndpoint | undefined {
    return this.#byAddress.get(key)?.values().next().value;
  }
}

function namesOf(endpoint: ZoneEndpoint): ReadonlySet<string> {
  const names = [endpoint.containerName, ...endpoint.names].map((name) => name.toLowerCase());
  return new Set(names.filter((name) => name !== ''));
}

function addressKeys(endpoint: ZoneEndpoint): readonly string[] {
  return [endpoint.ipv4, endpoint.ipv6].flatMap((address) => ipKey(address) ?? []);
}

function addressesOf(holders: ReadonlySet<ZoneEndpoint>, type: ZoneQuestion['type']): readonly string[] {
  if (type !== 'A' && type !== 'AAAA') return [];
  const all = [...holders];
  const ready = all.filter((endpoint) => endpoint.ready !== false);
  const addresses = (ready.length > 0 ? ready : all).map((endpoint) =>
    type === 'A' ? endpoint.ipv4 : endpoint.ipv6,
  );
  // Two names of one address (a shared namespace) are one record.
  return [...new Set(addresses.filter((address) => address !== ''))];
}

function overriddenAnswer({ answer }: NameOverride, type: ZoneQuestion['type']): ZoneAnswer {
  if (typeof answer === 'string') return { addresses: [], network: '', failure: answer };
  const isWanted = (address: string): boolean => address.includes(':') === (type === 'AAAA');
  const addresses = type === 'A' || type === 'AAAA' ? answer.filter(isWanted) : [];
  return { addresses, network: '' };
}

function addTo(index: Map<string, Set<ZoneEndpoint>>, key: string, endpoint: ZoneEndpoint): void {
  const set = index.get(key);
  if (set) set.add(endpoint);
  else index.set(key, new Set([endpoint]));
}

function removeFrom(index: Map<string, Set<ZoneEndpoint>>, key: string, endpoint: ZoneEndpoint): void {
  const set = index.get(key);
  set?.delete(endpoint);
  if (set?.size === 0) index.delete(key);
}
