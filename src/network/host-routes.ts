import { listRoutes, withNetlink } from '../host/netlink.ts';

/** A route of the host: a range that a new network must not take. */
export interface HostRoute {
  readonly cidr: string;
  readonly dev: string;
  readonly table: number;
  /** Gateway; empty when the range is on the link. */
  readonly via: string;
}

/** The routes of every table, IPv4 and IPv6, that lead to places: not multicast or broadcast. */
export function hostRoutes(): HostRoute[] {
  return withNetlink(undefined, listRoutes)
    .filter(({ type }) => !BEYOND_PLACES.has(type))
    .map(({ cidr, dev, table, via }) => ({ cidr, dev, table, via }));
}

const RTN_BROADCAST = 3;
const RTN_ANYCAST = 4;
const RTN_MULTICAST = 5;
const BEYOND_PLACES = new Set([RTN_BROADCAST, RTN_ANYCAST, RTN_MULTICAST]);
