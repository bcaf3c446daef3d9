import { AF_INET, AF_INET6 } from './kernel.ts';
import { formatWireAddress, parseWireAddress, type WireAddress } from './netlink-addresses.ts';
import { linkIndex, listLinks } from './netlink-links.ts';
import type { NetlinkSocket } from './netlink-socket.ts';
import { attribute, decodeAttributes, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from './netlink-wire.ts';

/** An address of a device. */
export interface LinkAddress {
  readonly index: number;
  /** `172.18.0.1/16` */
  readonly cidr: string;
}

/** A route of any table. */
export interface Route {
  /** Destination; a default route is `0.0.0.0/0` or `::/0`. */
  readonly cidr: string;
  /** Name of the device; empty for blackholes and routes over several. */
  readonly dev: string;
  /** Gateway; empty when the destination is on the link. */
  readonly via: string;
  /** 254 is main, 255 local. */
  readonly table: number;
  /** RTN_…: 1 unicast, 2 local, 3 broadcast, 6 blackhole, … */
  readonly type: number;
}

/** Gives a device an address (with its prefix, and for IPv4 the broadcast address). Throws KernelError EEXIST. */
export function addAddress(
  socket: NetlinkSocket,
  { link, cidr }: { readonly link: string; readonly cidr: string },
): void {
  const address = parseWireAddress(cidr);
  const isIpv4 = address.family === AF_INET;
  socket.change({
    type: RTM_NEWADDR,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    body: Buffer.concat([
      addressHeader(address, linkIndex(socket, link)),
      attribute(IFA_LOCAL, address.bytes),
      attribute(IFA_ADDRESS, address.bytes),
      ...(isIpv4 && address.prefixLength < 31 ? [attribute(IFA_BROADCAST, broadcastOf(address))] : []),
    ]),
    doing: `give ${link} the address ${cidr}`,
    command: `ip addr add ${cidr}${isIpv4 ? ' broadcast +' : ' nodad'} dev ${link}`,
  });
}

/** Every address of the namespace. */
export function listAddresses(socket: NetlinkSocket): LinkAddress[] {
  return socket
    .dump({ type: RTM_GETADDR, body: Buffer.alloc(8), what: 'addr' })
    .flatMap((body): LinkAddress[] => {
      const attributes = decodeAttributes(body.subarray(8));
      const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
      if (!bytes) return [];
      return [{ index: body.readUInt32LE(4), cidr: `${formatWireAddress(bytes)}/${body.readUInt8(1)}` }];
    });
}

/** Adds a route to the main table. `to` may be `default`. Throws KernelError EEXIST, ENETUNREACH. */
export function addRoute(socket: NetlinkSocket, route: { readonly to: string; readonly via: string }): void {
  putRoute(socket, route, { verb: 'add', flags: NLM_F_CREATE | NLM_F_EXCL });
}

/** Adds a route to the main table in the place of the one that leads there. `to` may be `default`. Throws KernelError ENETUNREACH. */
export function replaceRoute(
  socket: NetlinkSocket,
  route: { readonly to: string; readonly via: string },
): void {
  putRoute(socket, route, { verb: 'replace', flags: NLM_F_CREATE | NLM_F_REPLACE });
}

function putRoute(
  socket: NetlinkSocket,
  { to, via }: { readonly to: string; readonly via: string },
  { verb, flags }: { readonly verb: 'add' | 'replace'; readonly flags: number },
): void {
  const gateway = parseWireAddress(via);
  const destination = to === 'default' ? undefined : parseWireAddress(to);
  socket.change({
    type: RTM_NEWROUTE,
    flags,
    body: Buffer.concat([
      routeHeader(gateway.family, destination?.prefixLength ?? 0),
      ...(destination ? [attribute(RTA_DST, destination.bytes)] : []),
      attribute(RTA_GATEWAY, gateway.bytes),
    ]),
    doing: `${verb} the route to ${to} by ${via}`,
    command: `ip${gateway.family === AF_INET6 ? ' -6' : ''} route ${verb} ${to} via ${via}`,
  });
}

/** Every route of every table, IPv4 and IPv6. */
export function listRoutes(socket: NetlinkSocket): Route[] {
  const names = new Map(listLinks(socket).map((link) => [link.index, link.name]));
  return socket
    .dump({ type: RTM_GETROUTE, body: Buffer.alloc(12), what: 'route show table all' })
    .filter((body) => [AF_INET, AF_INET6].includes(body.readUInt8(0)))
    .map((body) => decodeRoute(body, names));
}

const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_BROADCAST = 4;
const IFA_F_NODAD = 2;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_TABLE = 15;
const RT_TABLE_MAIN = 254;
const RTPROT_BOOT = 3;
const RT_SCOPE_UNIVERSE = 0;
const RTN_UNICAST = 1;

/** struct ifaddrmsg. Own addresses are known to be free: duplicate address detection would only delay them. */
function addressHeader({ family, prefixLength }: WireAddress, index: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(family, 0);
  header.writeUInt8(prefixLength, 1);
  header.writeUInt8(family === AF_INET6 ? IFA_F_NODAD : 0, 2);
  header.writeUInt32LE(index, 4);
  return header;
}

/** struct rtmsg */
function routeHeader(family: number, destinationLength: number): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt8(family, 0);
  header.writeUInt8(destinationLength, 1);
  header.writeUInt8(RT_TABLE_MAIN, 4);
  header.writeUInt8(RTPROT_BOOT, 5);
  header.writeUInt8(RT_SCOPE_UNIVERSE, 6);
  header.writeUInt8(RTN_UNICAST, 7);
  return header;
}

function decodeRoute(body: Buffer, names: ReadonlyMap<number, string>): Route {
  const attributes = decodeAttributes(body.subarray(12));
  const any = Buffer.alloc(body.readUInt8(0) === AF_INET ? 4 : 16);
  const via = attributes.get(RTA_GATEWAY);
  return {
    cidr: `${formatWireAddress(attributes.get(RTA_DST) ?? any)}/${body.readUInt8(1)}`,
    dev: names.get(attributes.get(RTA_OIF)?.readUInt32LE(0) ?? 0) ?? '',
    via: via ? formatWireAddress(via) : '',
    table: attributes.get(RTA_TABLE)?.readUInt32LE(0) ?? body.readUInt8(4),
    type: body.readUInt8(7),
  };
}

function broadcastOf({ bytes, prefixLength }: WireAddress): Buffer {
  const broadcast = Buffer.alloc(4);
  const hosts = prefixLength === 0 ? 0xffffffff : 2 ** (32 - prefixLength) - 1;
  broadcast.writeUInt32BE((bytes.readUInt32BE(0) | hosts) >>> 0);
  return broadcast;
}
