import { walkHook } from '../../network/firewall/packet-walk.ts';
import { arrive } from './arrival.ts';
import { iccReason } from './drop-reason.ts';
import { wayOutRemedy } from './names.ts';
import { holderOf, networkOf, type Origin } from './parties.ts';
import type { Target } from './target.ts';
import { passHost, routeText } from './through-host.ts';
import type { Trail } from './trail.ts';
import type { RouteAnswer, TraceWorld } from './world.ts';

export interface Departure {
  readonly world: TraceWorld;
  readonly origin: Origin;
  readonly trail: Trail;
  readonly address: string;
  readonly port: number;
  readonly protocol: Target['protocol'];
}

/** From a container's own routes to wherever they lead. */
export async function leaveContainer(departure: Departure): Promise<boolean> {
  const { world, origin, trail, address } = departure;
  const route = await world.route(origin.place, address);
  if (typeof route === 'string') return endWithoutRoute(departure, route);
  if (route.isLocal) {
    const { place, container } = origin;
    const title = container?.spec.name ?? origin.title;
    return arrive(world, { ...departure, place, title, ...(container && { container }) }, trail);
  }
  trail.step('route', `${routeText(address, route)} in ${origin.container?.spec.name ?? origin.title}`);
  const endpoint = origin.endpoints.find((each) => each.interfaceName === route.dev);
  const network = endpoint && networkOf(world, endpoint);
  const ownGateway = [endpoint?.ipv4Gateway, endpoint?.ipv6Gateway].includes(address);
  if (route.via === '' && !ownGateway) return alongBridge(departure, route);
  return passHost({ ...departure, source: route.source, dev: network?.bridge ?? route.dev });
}

/** From one port of a bridge to another. */
async function alongBridge(departure: Departure, route: RouteAnswer): Promise<boolean> {
  const { world, origin, trail, address, port } = departure;
  const own = origin.endpoints.find((each) => each.interfaceName === route.dev);
  const network = own && networkOf(world, own);
  const holder = holderOf(world, address);
  const place = holder && world.placeOf(holder.container);
  if (!own || !network || !holder || !place || holder.endpoint.networkId !== network.id) {
    return trail.end('link', `nobody on ${network?.spec.name ?? route.dev} has ${address}`, {
      reason: `no running container has the address ${address}.`,
      remedies: [{ text: 'see who has which address', command: 'berth ps' }],
    });
  }
  const text = `${network.bridge} (${network.spec.name}): ${own.hostInterface} → ${holder.endpoint.hostInterface}`;
  const apart = world.isIsolated(own.hostInterface) && world.isIsolated(holder.endpoint.hostInterface);
  const about = { outInterface: network.bridge, receiver: holder.container, port };
  if (apart) return trail.end('link', `${text}, both isolated`, iccReason(world, about));
  if (world.bridgesAreFiltered && isStopped(departure, network.bridge, route.source)) {
    return trail.end('link', `${text}, stopped by FORWARD`, iccReason(world, about));
  }
  trail.step('link', text);
  const title = holder.container.spec.name;
  return arrive(world, { ...departure, place, title, container: holder.container }, trail);
}

function isStopped({ world, address, port, protocol }: Departure, bridge: string, source: string): boolean {
  const rules = address.includes(':') ? world.rules.ipv6 : world.rules.ipv4;
  const { verdict } = walkHook(rules, 'filter', 'FORWARD', {
    source,
    destination: address,
    protocol,
    destinationPort: port,
    inInterface: bridge,
    outInterface: bridge,
    isTranslated: false,
    sourceIsLocal: false,
    destinationIsLocal: false,
  });
  return verdict === 'drop' || verdict === 'reject';
}

function endWithoutRoute({ origin, trail, address }: Departure, words: string): false {
  const { container, endpoints } = origin;
  const title = container?.spec.name ?? origin.title;
  const reason =
    endpoints.length === 0
      ? `${title} is on no network.`
      : `${title} is on internal networks only, which have no way out.`;
  return trail.end('route', `no route to ${address} in ${title}: ${words}`, {
    reason,
    remedies: container ? [wayOutRemedy(container)] : [],
  });
}
