import { setTimeout as delay } from 'node:timers/promises';
import type { ActionHandler, ActionHandlers, ActionOf } from '../model/action.ts';
import { shellLine, shellWord } from '../host/exec.ts';
import { isErrno } from '../host/kernel.ts';
import { createNetworkNamespace, deleteNetworkNamespace, isNetworkNamespace } from '../host/namespaces.ts';
import {
  addAddress,
  addBridge,
  addRoute,
  addVeth,
  announceLink,
  deleteLink,
  deleteLinkAndWires,
  findLink,
  listRoutes,
  replaceRoute,
  setLinkUp,
  withNetlink,
  withNetlinkLater,
} from '../host/netlink.ts';
import { writeSysctl } from '../host/sysctl.ts';
import { bridgeFull } from './errors.ts';
import { macvlanHandlers } from './macvlan-handlers.ts';
import { conntrackFlush } from './stale-flows.ts';

type NetworkAction =
  | 'netns-add'
  | 'netns-del'
  | 'bridge-add'
  | 'link-del'
  | 'link-up'
  | 'link-announce'
  | 'address-add'
  | 'veth-add'
  | 'macvlan-add'
  | 'vlan-add'
  | 'wire-add'
  | 'route-add'
  | 'route-replace'
  | 'sysctl'
  | 'conntrack-flush';

const netnsAdd: ActionHandler<'netns-add'> = {
  describe: ({ path }) =>
    lines(
      `mkdir -p ${shellWord(path.slice(0, path.lastIndexOf('/')))}`,
      `touch ${shellWord(path)}`,
      `unshare --net=${shellWord(path)} true`,
    ),
  perform: ({ path }) => {
    if (!isNetworkNamespace(path)) createNetworkNamespace(path);
  },
};

const netnsDel: ActionHandler<'netns-del'> = {
  describe: ({ path }) => lines(`umount --lazy ${shellWord(path)}`, `rm -f ${shellWord(path)}`),
  perform: ({ path }) => deleteNetworkNamespace(path),
};

const bridgeAdd: ActionHandler<'bridge-add'> = {
  describe: ({ name, mac, mtu, alias }) =>
    lines(
      shellLine(['ip', 'link', 'add', name, 'address', mac, 'mtu', String(mtu), 'type', 'bridge']),
      shellLine(['ip', 'link', 'set', name, 'alias', alias]),
    ),
  perform: (action) =>
    withNetlink(undefined, (socket) => {
      try {
        addBridge(socket, action);
      } catch (error) {
        // Done before, by a run that ended in between. A stranger's bridge of that name has another alias.
        if (!isErrno(error, 'EEXIST') || findLink(socket, action.name)?.alias !== action.alias) throw error;
      }
    }),
};

const linkDel: ActionHandler<'link-del'> = {
  describe: ({ name, netns }) => inside(netns, ['ip', 'link', 'delete', name]),
  perform: async ({ name, netns }) => {
    await withNetlinkLater(netns, (socket) => deleteLinkAndWires(socket, name));
  },
};

const linkUp: ActionHandler<'link-up'> = {
  describe: ({ name, netns }) => inside(netns, ['ip', 'link', 'set', name, 'up']),
  perform: ({ name, netns }) => withNetlink(netns, (socket) => setLinkUp(socket, name)),
};

/** The kernel notes that a port's other end is up in its own time, a few milliseconds; packets before that are lost. */
const linkAnnounce: ActionHandler<'link-announce'> = {
  describe: ({ name, netns, mac }) => inside(netns, ['ip', 'link', 'set', name, 'address', mac]),
  perform: async ({ name, netns, mac, port }) => {
    const deadline = Date.now() + 200;
    const carries = (): boolean =>
      withNetlink(undefined, (socket) => findLink(socket, port)?.carries ?? true);
    while (!carries() && Date.now() < deadline) await delay(2);
    withNetlink(netns, (socket) => announceLink(socket, { name, mac }));
  },
};

const addressAdd: ActionHandler<'address-add'> = {
  describe: ({ link, cidr, netns }) =>
    inside(netns, [
      'ip',
      'addr',
      'add',
      cidr,
      ...(cidr.includes(':') ? ['nodad'] : ['broadcast', '+']),
      'dev',
      link,
    ]),
  perform: ({ link, cidr, netns }) =>
    withNetlink(netns, (socket) => {
      try {
        addAddress(socket, { link, cidr });
      } catch (error) {
        if (!isErrno(error, 'EEXIST')) throw error;
      }
    }),
};

const vethAdd: ActionHandler<'veth-add'> = {
  describe: (action) => {
    const { name, alias, mtu, master, hairpin, isolated, peer, peerNetns, peerMac } = action;
    const host = ['ip', 'link', 'add', name, 'mtu', String(mtu), 'master', master, 'type', 'veth'];
    const other = ['peer', 'name', peer, 'mtu', String(mtu), 'address', peerMac, 'netns', peerNetns];
    const port = [...(hairpin ? ['hairpin', 'on'] : []), ...(isolated ? ['isolated', 'on'] : [])];
    return lines(
      shellLine([...host, ...other]),
      shellLine(['ip', 'link', 'set', name, 'alias', alias]),
      ...(port.length > 0 ? [shellLine(['bridge', 'link', 'set', 'dev', name, ...port])] : []),
      shellLine(['ip', 'link', 'set', name, 'addrgenmode', 'none']),
      shellLine(['ip', 'link', 'set', name, 'up']),
    );
  },
  perform: async (action) => {
    try {
      withNetlink(undefined, (socket) => addVeth(socket, action));
    } catch (error) {
      if (isErrno(error, 'EXFULL')) throw bridgeFull(action.master, error);
      if (!isErrno(error, 'EEXIST') || !isLeftover(action)) throw error;
      await withNetlinkLater(undefined, (socket) => deleteLink(socket, action.name));
      withNetlink(undefined, (socket) => addVeth(socket, action));
    }
  },
};

const routeAdd: ActionHandler<'route-add'> = {
  describe: ({ to, via, netns }) =>
    inside(netns, ['ip', ...(via.includes(':') ? ['-6'] : []), 'route', 'add', to, 'via', via]),
  perform: ({ to, via, netns }) =>
    withNetlink(netns, (socket) => {
      try {
        addRoute(socket, { to, via });
      } catch (error) {
        const isSame = isErrno(error, 'EEXIST') && listRoutes(socket).some((route) => route.via === via);
        if (!isSame) throw error;
      }
    }),
};

const routeReplace: ActionHandler<'route-replace'> = {
  describe: ({ to, via, netns }) =>
    inside(netns, ['ip', ...(via.includes(':') ? ['-6'] : []), 'route', 'replace', to, 'via', via]),
  perform: ({ to, via, netns }) => withNetlink(netns, (socket) => replaceRoute(socket, { to, via })),
};

const sysctl: ActionHandler<'sysctl'> = {
  describe: ({ key, value, netns }) => {
    const flags = /^net[./]ipv6/.test(key) ? ['-e'] : [];
    return inside(netns, ['sysctl', '-q', ...flags, '-w', `${key}=${value}`]);
  },
  perform: (action) => writeSysctl(action),
};

/** How the actions on network devices, namespaces and kernel parameters are told and done. */
export const networkHandlers: ActionHandlers<NetworkAction> = {
  'netns-add': netnsAdd,
  'netns-del': netnsDel,
  'bridge-add': bridgeAdd,
  'link-del': linkDel,
  'link-up': linkUp,
  'link-announce': linkAnnounce,
  'address-add': addressAdd,
  'veth-add': vethAdd,
  ...macvlanHandlers,
  'route-add': routeAdd,
  'route-replace': routeReplace,
  sysctl,
  'conntrack-flush': conntrackFlush,
};

function lines(...commands: readonly string[]): string {
  return commands.join('\n');
}

function inside(netns: string | undefined, argv: readonly string[]): string {
  return shellLine(netns === undefined ? argv : ['nsenter', `--net=${netns}`, ...argv]);
}

/** A pair that an interrupted run left: its name is ours by its digits, its alias set or not yet. */
function isLeftover({ name, alias }: ActionOf<'veth-add'>): boolean {
  const link = withNetlink(undefined, (socket) => findLink(socket, name));
  return link?.kind === 'veth' && (link.alias === alias || link.alias === '');
}
