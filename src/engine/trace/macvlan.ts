import type { ContainerRecord } from '../../model/container.ts';
import type { EndpointRecord, NetworkRecord } from '../../model/network.ts';
import { arrive } from './arrival.ts';
import { holderOf, networkOf, networkTitle, type Origin } from './parties.ts';
import type { Target } from './target.ts';
import type { Trail } from './trail.ts';
import { HOST, type TraceWorld } from './world.ts';

export interface Approach {
  readonly world: TraceWorld;
  readonly origin: Origin;
  readonly trail: Trail;
  readonly address: string;
  readonly port: number;
  readonly protocol: Target['protocol'];
}

/** The endpoint of a container on a macvlan network, where it is a machine of the LAN. */
export function lanEndpoint(world: TraceWorld, container: ContainerRecord): EndpointRecord | undefined {
  return container.endpoints.find((endpoint) => {
    const network = networkOf(world, endpoint);
    return network !== undefined && isMacvlan(network) && !network.spec.internal;
  });
}

/**
 * What macvlan decides, past routes and rules of the host: who is on the same parent, and that the host itself, and all
 * that it forwards, is not heard there. Undefined where no macvlan network is concerned.
 */
export async function byMacvlan(approach: Approach): Promise<boolean | undefined> {
  const { world, origin, trail, address, port, protocol } = approach;
  const holder = holderOf(world, address);
  const network = holder && networkOf(world, holder.endpoint);
  if (!holder || !network || !isMacvlan(network)) return hostFromMacvlan(approach);
  const isNeighbour = origin.endpoints.some(({ networkId }) => networkId === network.id);
  if (!isNeighbour && origin.kind !== 'lan') return apart(approach, network);
  if (origin.kind === 'lan' && network.spec.internal) {
    return trail.end('route', `${address} is on the internal network ${networkTitle(network)}`, {
      reason: `${networkTitle(network)} is internal: nothing leads in.`,
      remedies: [{ text: `drop \`internal\` of ${networkTitle(network)}` }],
    });
  }
  const on = `${networkTitle(network)}, on ${network.parent ?? ''}`;
  trail.step(
    'route',
    `${address} is a machine of its own on ${on}: neither routes nor rules of this host are asked`,
  );
  const place = world.placeOf(holder.container);
  if (!place) return false;
  const { container } = holder;
  return arrive(world, { place, title: container.spec.name, address, port, protocol, container }, trail);
}

/** From a macvlan network to an address of this host: the same wall, from the other side. */
async function hostFromMacvlan(approach: Approach): Promise<boolean | undefined> {
  const { world, origin, address } = approach;
  if (origin.kind !== 'container') return undefined;
  const route = await world.route(origin.place, address);
  if (typeof route === 'string' || route.isLocal) return undefined;
  const endpoint = origin.endpoints.find(({ interfaceName }) => interfaceName === route.dev);
  const network = endpoint && networkOf(world, endpoint);
  if (!network || !isMacvlan(network)) return undefined;
  const onHost = await world.route(HOST, address);
  return typeof onHost !== 'string' && onHost.isLocal ? apart(approach, network) : undefined;
}

function apart({ trail, address }: Approach, network: NetworkRecord): false {
  const parent = network.parent ?? '';
  return trail.end(
    'route',
    `${address} is on the other side of ${parent}, which ${networkTitle(network)} shares`,
    {
      reason: `the kernel keeps a host apart from the macvlan devices on its own ${parent}.`,
      remedies: [
        { text: `use another machine of the LAN, or a container on ${networkTitle(network)}` },
        {
          text: 'put the container on a bridge network as well, and use its address or published port there',
        },
      ],
    },
  );
}

function isMacvlan({ spec }: NetworkRecord): boolean {
  return spec.driver === 'macvlan';
}
