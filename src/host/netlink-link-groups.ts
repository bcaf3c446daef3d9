import { randomInt } from 'node:crypto';
import { IFLA, linkHeader, listLinks, RTM_DELLINK, RTM_NEWLINK } from './netlink-links.ts';
import type { NetlinkSocket } from './netlink-socket.ts';
import { attribute } from './netlink-wire.ts';

/**
 * Deletes those of the devices that are there, and the peers of veths, with one request: the kernel waits 20 to 50 ms
 * for each request, and not for each device. Resolves when they are gone.
 */
export async function deleteLinks(socket: NetlinkSocket, names: readonly string[]): Promise<void> {
  const wanted = new Set(names);
  const links = listLinks(socket).filter(({ name }) => wanted.has(name));
  if (links.length === 0) return;
  const group = randomInt(GROUP_MIN, GROUP_MAX);
  for (const { index, name } of links) {
    socket.change({
      type: RTM_NEWLINK,
      body: Buffer.concat([linkHeader({ index }), attribute(IFLA.group, group)]),
      // Its namespace may end at this moment.
      tolerated: ['ENODEV'],
      doing: `put ${name} into a group`,
      command: `ip link set ${name} group ${group}`,
    });
  }
  await socket.changeLater({
    type: RTM_DELLINK,
    body: Buffer.concat([linkHeader(), attribute(IFLA.group, group)]),
    tolerated: ['ENODEV'],
    doing: `delete ${names.join(', ')}`,
    command: `ip link delete group ${group}`,
  });
}

/**
 * Deletes a device, and with a bridge the wires of ours that are still in it: their containers are gone, but a
 * namespace lives on while a connection of a killed process waits for its peer's farewell, a minute or more.
 */
export async function deleteLinkAndWires(socket: NetlinkSocket, name: string): Promise<void> {
  const all = listLinks(socket);
  const link = all.find((one) => one.name === name);
  if (!link) return;
  const wires = all.filter(({ kind, master, alias }) => {
    return kind === 'veth' && master === link.index && alias.startsWith(ALIAS_START);
  });
  await deleteLinks(socket, [name, ...wires.map((wire) => wire.name)]);
}

/** What the aliases of our devices begin with. */
const ALIAS_START = 'berth:';
/** Far from the numbers that people give to groups. */
const GROUP_MIN = 1 << 24;
const GROUP_MAX = 0x7fffffff;
