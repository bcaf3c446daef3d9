import { closeSync, openSync } from 'node:fs';
import { AF_BRIDGE, AF_INET6 } from './kernel.ts';
import type { NetlinkSocket } from './netlink-socket.ts';
import {
  attribute,
  decodeAttributes,
  decodeText,
  flagAttribute,
  nested,
  NLM_F_CREATE,
  NLM_F_EXCL,
} from './netlink-wire.ts';

/** A network device as the kernel has it. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** `bridge`, `veth`, …; empty for physical devices and loopback. */
  readonly kind: string;
  readonly alias: string;
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  /** It has seen its other end come up; a port of a bridge passes packets from then on. */
  readonly carries: boolean;
  /** Index of the bridge it is a port of; 0: none. */
  readonly master: number;
}

export interface BridgeRequest {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly alias: string;
}

/** Makes a bridge, down. Throws KernelError EEXIST when the name is taken. */
export function addBridge(socket: NetlinkSocket, { name, mac, mtu, alias }: BridgeRequest): void {
  makeLink(socket, {
    name,
    kind: 'bridge',
    attributes: [attribute(IFLA.mtu, mtu), attribute(IFLA.address, macBytes(mac))],
    doing: `make the bridge ${name}`,
    command: `ip link add ${name} address ${mac} mtu ${mtu} type bridge`,
  });
  setAlias(socket, { name, index: linkIndex(socket, name), alias });
}

export interface VethRequest {
  readonly name: string;
  readonly alias: string;
  readonly mtu: number;
  /** Name of the bridge that the host's end becomes a port of. */
  readonly master: string;
  readonly hairpin: boolean;
  readonly isolated: boolean;
  /** Name of the other end, which is born inside the namespace file `peerNetns`. */
  readonly peer: string;
  readonly peerNetns: string;
  readonly peerMac: string;
}

/**
 * Makes a veth pair: the host's end as an up port of a bridge, the peer, down, inside a namespace.
 * Throws KernelError EEXIST when either name is taken.
 */
export function addVeth(socket: NetlinkSocket, request: VethRequest): void {
  const { name, alias, master, hairpin, isolated } = request;
  const bridge = linkIndex(socket, master);
  createPair(socket, request, bridge);
  const index = linkIndex(socket, name);
  setAlias(socket, { name, index, alias });
  if (hairpin || isolated) setBridgePort(socket, { name, index, hairpin, isolated });
  setWithoutIpv6Address(socket, { name, index });
  setLinkUp(socket, name, index);
}

/** Sets a device up. Throws KernelError ENODEV when there is none of that name. */
export function setLinkUp(socket: NetlinkSocket, name: string, index = linkIndex(socket, name)): void {
  socket.change({
    type: RTM_NEWLINK,
    body: linkHeader({ index, flags: IFF_UP, change: IFF_UP }),
    doing: `set ${name} up`,
    command: `ip link set ${name} up`,
  });
}

/**
 * Has a device tell its neighbours who it is, as far as its arp_notify and ndisc_notify say: the kernel does so when a
 * device is given a MAC address, be it the one that it has.
 */
export function announceLink(socket: NetlinkSocket, { name, mac }: { name: string; mac: string }): void {
  socket.change({
    type: RTM_SETLINK,
    body: Buffer.concat([
      linkHeader({ index: linkIndex(socket, name) }),
      attribute(IFLA.address, macBytes(mac)),
    ]),
    doing: `announce ${name}`,
    command: `ip link set ${name} address ${mac}`,
  });
}

/** Makes a device, down. Throws KernelError EEXIST when the name is taken. */
export function makeLink(socket: NetlinkSocket, request: NewLink): void {
  const { name, kind, attributes = [], data = [], doing, command } = request;
  const info = data.length > 0 ? [nested(IFLA.infoData, data)] : [];
  socket.change({
    type: RTM_NEWLINK,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    body: Buffer.concat([
      linkHeader(),
      attribute(IFLA.name, name),
      ...attributes,
      nested(IFLA.linkInfo, [attribute(IFLA.infoKind, kind), ...info]),
    ]),
    doing,
    command,
  });
}

/**
 * Deletes a device, and with a veth its peer. Resolves to false when there was none of that name. The kernel takes
 * 20 to 100 ms, so it is done beside the main thread.
 */
export async function deleteLink(socket: NetlinkSocket, name: string): Promise<boolean> {
  const link = findLink(socket, name);
  if (!link) return false;
  await socket.changeLater({
    type: RTM_DELLINK,
    body: linkHeader({ index: link.index }),
    tolerated: ['ENODEV'],
    doing: `delete ${name}`,
    command: `ip link delete ${name}`,
  });
  return true;
}

/** Every device of the namespace, in the order of their indexes. */
export function listLinks(socket: NetlinkSocket): Link[] {
  return socket.dump({ type: RTM_GETLINK, body: linkHeader(), what: 'link' }).map(decodeLink);
}

/** The device of that name, if there is one. */
export function findLink(socket: NetlinkSocket, name: string): Link | undefined {
  const body = Buffer.concat([linkHeader(), attribute(IFLA.name, name)]);
  const found = socket.get({
    type: RTM_GETLINK,
    body,
    tolerated: ['ENODEV'],
    doing: `find ${name}`,
    command: `ip link show ${name}`,
  });
  return found && decodeLink(found);
}

/** The index of a device. Throws KernelError ENODEV when there is none of that name. */
export function linkIndex(socket: NetlinkSocket, name: string): number {
  const body = Buffer.concat([linkHeader(), attribute(IFLA.name, name)]);
  const found = socket.get({
    type: RTM_GETLINK,
    body,
    doing: `find ${name}`,
    command: `ip link show ${name}`,
  });
  return found ? found.readInt32LE(4) : 0;
}

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_SETLINK = 19;
const IFF_UP = 1;

/** Attributes that every kind of device takes. */
export const IFLA = {
  address: 1,
  name: 3,
  mtu: 4,
  linkInfo: 18,
  group: 27,
  netnsFd: 28,
  infoKind: 1,
  infoData: 2,
} as const;

const IFLA_MASTER = 10;
const IFLA_PROTINFO = 12;
const IFLA_OPERSTATE = 16;
const OPERSTATE_UP = 6;
const IFLA_IFALIAS = 20;
const IFLA_AF_SPEC = 26;
export const VETH_INFO_PEER = 1;
const IFLA_BRPORT_MODE = 4;
const IFLA_BRPORT_ISOLATED = 33;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;

interface NewLink {
  readonly name: string;
  /** As `ip link add … type KIND`. */
  readonly kind: string;
  readonly attributes?: readonly Buffer[];
  /** What its kind alone takes. */
  readonly data?: readonly Buffer[];
  readonly doing: string;
  readonly command: string;
}

interface LinkHeader {
  readonly family?: number;
  readonly index?: number;
  readonly flags?: number;
  readonly change?: number;
}

function createPair(socket: NetlinkSocket, request: VethRequest, bridge: number): void {
  const { name, mtu, master, peer, peerNetns, peerMac } = request;
  const namespace = openSync(peerNetns, 'r');
  try {
    makeLink(socket, {
      name,
      kind: 'veth',
      attributes: [attribute(IFLA.mtu, mtu), attribute(IFLA_MASTER, bridge)],
      data: [
        nested(VETH_INFO_PEER, [
          linkHeader(),
          attribute(IFLA.name, peer),
          attribute(IFLA.mtu, mtu),
          attribute(IFLA.address, macBytes(peerMac)),
          attribute(IFLA.netnsFd, namespace),
        ]),
      ],
      doing: `connect ${peer} in ${peerNetns} to the bridge ${master} by ${name}`,
      command: `ip link add ${name} mtu ${mtu} master ${master} type veth peer name ${peer} mtu ${mtu} address ${peerMac} netns ${peerNetns}`,
    });
  } finally {
    closeSync(namespace);
  }
}

/** Marks a device as somebody's. */
export function setAlias(
  socket: NetlinkSocket,
  { name, index, alias }: { name: string; index: number; alias: string },
): void {
  socket.change({
    type: RTM_SETLINK,
    body: Buffer.concat([linkHeader({ index }), attribute(IFLA_IFALIAS, Buffer.from(alias))]),
    doing: `mark ${name} as ${alias}`,
    command: `ip link set ${name} alias '${alias}'`,
  });
}

interface BridgePort {
  readonly name: string;
  readonly index: number;
  readonly hairpin: boolean;
  readonly isolated: boolean;
}

function setBridgePort(socket: NetlinkSocket, { name, index, hairpin, isolated }: BridgePort): void {
  const words = [hairpin ? 'hairpin on' : '', isolated ? 'isolated on' : ''].filter(Boolean).join(' ');
  socket.change({
    type: RTM_SETLINK,
    body: Buffer.concat([
      linkHeader({ family: AF_BRIDGE, index }),
      nested(IFLA_PROTINFO, [
        flagAttribute(IFLA_BRPORT_MODE, hairpin),
        flagAttribute(IFLA_BRPORT_ISOLATED, isolated),
      ]),
    ]),
    doing: `set ${words} for the bridge port ${name}`,
    command: `bridge link set dev ${name} ${words}`,
  });
}

/**
 * A bridge port needs no address of its own; without this each would send router solicitations and do duplicate
 * address detection. A kernel without IPv6 has nothing to set.
 */
function setWithoutIpv6Address(
  socket: NetlinkSocket,
  { name, index }: { name: string; index: number },
): void {
  const mode = attribute(IFLA_INET6_ADDR_GEN_MODE, Buffer.from([IN6_ADDR_GEN_MODE_NONE]));
  socket.change({
    type: RTM_SETLINK,
    body: Buffer.concat([linkHeader({ index }), nested(IFLA_AF_SPEC, [nested(AF_INET6, [mode])])]),
    tolerated: ['EAFNOSUPPORT', 'EOPNOTSUPP'],
    doing: `keep ${name} without an IPv6 address`,
    command: `ip link set ${name} addrgenmode none`,
  });
}

/** struct ifinfomsg */
export function linkHeader({ family = 0, index = 0, flags = 0, change = 0 }: LinkHeader = {}): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt8(family, 0);
  header.writeInt32LE(index, 4);
  header.writeUInt32LE(flags, 8);
  header.writeUInt32LE(change, 12);
  return header;
}

function decodeLink(body: Buffer): Link {
  const attributes = decodeAttributes(body.subarray(16));
  const info = decodeAttributes(attributes.get(IFLA.linkInfo) ?? Buffer.alloc(0));
  return {
    index: body.readInt32LE(4),
    name: decodeText(attributes.get(IFLA.name)),
    kind: decodeText(info.get(IFLA.infoKind)),
    alias: decodeText(attributes.get(IFLA_IFALIAS)),
    mac: macText(attributes.get(IFLA.address)),
    mtu: attributes.get(IFLA.mtu)?.readUInt32LE(0) ?? 0,
    up: (body.readUInt32LE(8) & IFF_UP) !== 0,
    carries: attributes.get(IFLA_OPERSTATE)?.readUInt8(0) === OPERSTATE_UP,
    master: attributes.get(IFLA_MASTER)?.readUInt32LE(0) ?? 0,
  };
}

export function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

function macText(bytes: Buffer | undefined): string {
  return bytes ? [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':') : '';
}
