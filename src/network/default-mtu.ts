import { listLinks, listRoutes, withNetlink, type Link, type Route } from '../host/netlink.ts';

/** What an Ethernet has when nothing says otherwise, in bytes. */
export const ETHERNET_MTU = 1500;

/**
 * The MTU for networks that name none: what every way out of this host carries whole, so that large packets of
 * containers are not lost in tunnels and clouds whose devices take less.
 */
export function defaultMtu(): number {
  return withNetlink(undefined, (socket) => smallestMtu(listRoutes(socket), listLinks(socket)));
}

/** The smallest MTU of the devices with a default route, of any table, or with the two halves of one. Pure. */
export function smallestMtu(routes: readonly Route[], links: readonly Link[]): number {
  const devices = new Set(routes.filter(isWayOut).map(({ dev }) => dev));
  const sizes = links.filter(({ name, up }) => up && devices.has(name)).map(({ mtu }) => mtu);
  const smallest = Math.min(...sizes.filter((mtu) => mtu >= SMALLEST_IPV4_MTU));
  return Number.isFinite(smallest) ? Math.min(smallest, LARGEST_MTU) : ETHERNET_MTU;
}

const SMALLEST_IPV4_MTU = 68;
const LARGEST_MTU = 65_535;
const RTN_UNICAST = 1;

/** VPNs route 0.0.0.0/1 and 128.0.0.0/1 instead of 0.0.0.0/0. */
function isWayOut({ cidr, dev, type }: Route): boolean {
  const length = Number(cidr.split('/')[1]);
  return type === RTN_UNICAST && length <= 1 && dev !== 'lo';
}
