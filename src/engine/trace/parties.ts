import type { ContainerRecord } from '../../model/container.ts';
import { EngineError } from '../../model/errors.ts';
import type { EndpointRecord, NetworkRecord } from '../../model/network.ts';
import { HOST, type Place, type TraceWorld } from './world.ts';

const PROJECT = 'com.docker.compose.project';
const SERVICE = 'com.docker.compose.service';
const NETWORK = 'com.docker.compose.network';

/** Who sends the packet. */
export interface Origin {
  readonly kind: 'host' | 'lan' | 'container';
  readonly title: string;
  readonly place: Place;
  readonly container: ContainerRecord | undefined;
  /** Endpoints in its namespace. */
  readonly endpoints: readonly EndpointRecord[];
}

/** Throws EngineError TRACE_FROM_UNKNOWN, TRACE_FROM_STOPPED. */
export function originOf(world: TraceWorld, name: string, project: string | undefined): Origin {
  if (name === 'host') return { ...NOBODY, kind: 'host', title: 'host' };
  if (name === 'lan') return { ...NOBODY, kind: 'lan', title: 'lan' };
  const container = findContainer(world, name, project);
  if (!container) {
    throw new EngineError(404, 'TRACE_FROM_UNKNOWN', `no container or service is called ${name}`, {
      hint: 'FROM is a service, a container, `host`, or `lan`. berth ps -a shows what there is.',
    });
  }
  const place = world.placeOf(container);
  if (!place) {
    const text = `${container.spec.name} does not run, so it sends nothing`;
    throw new EngineError(409, 'TRACE_FROM_STOPPED', text, {
      hint: `Start it first: ${startCommand(container)}`,
    });
  }
  const endpoints = endpointsAt(world, place, container);
  const onNetworks = endpoints.map(
    (each) => `${each.ipv4Address || each.ipv6Address} on ${each.networkName}`,
  );
  const where =
    place.netns === undefined ? 'in the network of the host' : onNetworks.join(', ') || 'on no network';
  const title = `${container.spec.name} (${where})`;
  return { kind: place.netns === undefined ? 'host' : 'container', title, place, container, endpoints };
}

const NOBODY = { place: HOST, container: undefined, endpoints: [] } as const;

/** By name or id, or by service: of the project first, running ones first. */
export function findContainer(
  world: TraceWorld,
  name: string,
  project: string | undefined,
): ContainerRecord | undefined {
  const exact = world.containers.find(({ spec }) => spec.name === name);
  if (exact) return exact;
  const ofService = world.containers.filter(({ spec }) => spec.labels[SERVICE] === name);
  const own = ofService.filter(({ spec }) => spec.labels[PROJECT] === project);
  const found = own.length > 0 ? own : ofService;
  const byId = /^[0-9a-f]{4,64}$/.test(name)
    ? world.containers.find(({ id }) => id.startsWith(name))
    : undefined;
  return found.find(({ id }) => world.isLive(id)) ?? found[0] ?? byId;
}

/** The containers whom others call by this name: name, service, alias, hostname. */
export function containersCalled(world: TraceWorld, name: string): ContainerRecord[] {
  const wanted = name.toLowerCase();
  return world.containers.filter(({ spec, endpoints }) =>
    [
      spec.name,
      spec.hostname,
      spec.labels[SERVICE] ?? '',
      ...endpoints.flatMap((endpoint) => endpoint.settings.aliases),
    ].some((each) => each.toLowerCase() === wanted),
  );
}

export function projectOf(container: ContainerRecord | undefined): string | undefined {
  return container?.spec.labels[PROJECT];
}

/** The service in the words of its compose file, with its path there; the container's name without one. */
export function serviceKey(container: ContainerRecord): string | undefined {
  return container.spec.labels[SERVICE];
}

/** `front`: the key in the compose file, or the network's name. */
export function networkTitle(network: NetworkRecord): string {
  return network.spec.labels[NETWORK] ?? network.spec.name;
}

export function networkOf(world: TraceWorld, endpoint: EndpointRecord): NetworkRecord | undefined {
  return world.networks.find(({ id }) => id === endpoint.networkId);
}

/** Titles of the networks that a container is on. */
export function networksOf(world: TraceWorld, container: ContainerRecord): string[] {
  return container.endpoints.flatMap((endpoint) => {
    const network = networkOf(world, endpoint);
    return network ? [networkTitle(network)] : [];
  });
}

/** The running container that has an address, and its endpoint. */
export function holderOf(
  world: TraceWorld,
  address: string,
): { container: ContainerRecord; endpoint: EndpointRecord } | undefined {
  for (const container of world.containers) {
    if (!world.isLive(container.id)) continue;
    const endpoint = container.endpoints.find(
      (each) => each.ipv4Address === address || each.ipv6Address === address,
    );
    if (endpoint) return { container, endpoint };
  }
  return undefined;
}

export function startCommand(container: ContainerRecord): string {
  const service = serviceKey(container);
  return service === undefined ? `docker start ${container.spec.name}` : `berth up -d ${service}`;
}

/** Those of the container whose namespace it is. */
function endpointsAt(world: TraceWorld, place: Place, container: ContainerRecord): readonly EndpointRecord[] {
  if (container.endpoints.length > 0 || place.netns === undefined) return container.endpoints;
  const owner = world.containers.find(
    (each) => each.endpoints.length > 0 && world.placeOf(each)?.netns === place.netns,
  );
  return owner?.endpoints ?? [];
}
