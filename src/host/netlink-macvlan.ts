import { closeSync, openSync } from 'node:fs';
import {
  IFLA,
  linkHeader,
  linkIndex,
  macBytes,
  makeLink,
  setAlias,
  setLinkUp,
  VETH_INFO_PEER,
} from './netlink-links.ts';
import type { NetlinkSocket } from './netlink-socket.ts';
import { attribute, nested } from './netlink-wire.ts';

/** How the devices on one parent meet each other, in the kernel's words. */
export type MacvlanMode = 'bridge' | 'private' | 'vepa' | 'passthru';

export interface MacvlanRequest {
  /** The device on the host that it shares. */
  readonly parent: string;
  readonly mode: MacvlanMode;
  /** The namespace file in which it is born, and its name there. */
  readonly netns: string;
  readonly name: string;
  readonly mac: string;
  /** Bytes; absent: that of the parent. */
  readonly mtu?: number;
}

/** Makes a device with a MAC address of its own on `parent`, down, inside a namespace. Throws KernelError EEXIST, EBUSY. */
export function addMacvlan(socket: NetlinkSocket, request: MacvlanRequest): void {
  const { parent, mode, netns, name, mac, mtu } = request;
  const index = linkIndex(socket, parent);
  const namespace = openSync(netns, 'r');
  try {
    makeLink(socket, {
      name,
      kind: 'macvlan',
      attributes: [
        attribute(IFLA_LINK, index),
        attribute(IFLA.address, macBytes(mac)),
        ...(mtu === undefined ? [] : [attribute(IFLA.mtu, mtu)]),
        attribute(IFLA.netnsFd, namespace),
      ],
      data: [attribute(IFLA_MACVLAN_MODE, MODES[mode])],
      doing: `make ${name} in ${netns} on ${parent}`,
      command: `ip link add link ${parent} name ${name} address ${mac} netns ${netns} type macvlan mode ${mode}`,
    });
  } finally {
    closeSync(namespace);
  }
}

export interface VlanRequest {
  readonly name: string;
  readonly parent: string;
  /** 1 to 4094. */
  readonly id: number;
  readonly alias: string;
}

/** Makes the VLAN subinterface `name` of `parent`, up. Throws KernelError EOPNOTSUPP where the kernel has no 8021q. */
export function addVlan(socket: NetlinkSocket, { name, parent, id, alias }: VlanRequest): void {
  const tag = Buffer.alloc(2);
  tag.writeUInt16LE(id);
  makeLink(socket, {
    name,
    kind: 'vlan',
    attributes: [attribute(IFLA_LINK, linkIndex(socket, parent))],
    data: [attribute(IFLA_VLAN_ID, tag)],
    doing: `make the VLAN ${id} of ${parent}`,
    command: `ip link add link ${parent} name ${name} type vlan id ${id}`,
  });
  setAlias(socket, { name, index: linkIndex(socket, name), alias });
  setLinkUp(socket, name);
}

/** Makes a veth pair, both ends up and on no bridge: a wire that leads nowhere. Throws KernelError EEXIST. */
export function addLooseWire(
  socket: NetlinkSocket,
  { name, peer, alias }: { readonly name: string; readonly peer: string; readonly alias: string },
): void {
  makeLink(socket, {
    name,
    kind: 'veth',
    data: [nested(VETH_INFO_PEER, [linkHeader(), attribute(IFLA.name, peer)])],
    doing: `make the pair ${name} and ${peer}`,
    command: `ip link add ${name} type veth peer name ${peer}`,
  });
  for (const end of [name, peer]) setAlias(socket, { name: end, index: linkIndex(socket, end), alias });
}

const IFLA_LINK = 5;
const IFLA_MACVLAN_MODE = 1;
const IFLA_VLAN_ID = 1;
const MODES: Readonly<Record<MacvlanMode, number>> = { private: 1, vepa: 2, bridge: 4, passthru: 8 };
