import { shellLine } from '../host/exec.ts';
import { isErrno } from '../host/kernel.ts';
import {
  addLooseWire,
  addMacvlan,
  addVlan,
  deleteLink,
  findLink,
  withNetlink,
  withNetlinkLater,
} from '../host/netlink.ts';
import type { ActionHandler, ActionHandlers } from '../model/action.ts';
import { EngineError } from '../model/errors.ts';

const macvlanAdd: ActionHandler<'macvlan-add'> = {
  describe: ({ parent, mode, name, netns, mac, mtu }) =>
    shellLine([
      ...['ip', 'link', 'add', 'link', parent, 'name', name, 'address', mac],
      ...(mtu === undefined ? [] : ['mtu', String(mtu)]),
      ...['netns', netns, 'type', 'macvlan', 'mode', mode],
    ]),
  perform: async (action) => {
    const add = (): void => withNetlink(undefined, (socket) => addMacvlan(socket, action));
    try {
      add();
    } catch (error) {
      if (isErrno(error, 'EOPNOTSUPP')) throw kernelLacks('macvlan', error);
      if (isErrno(error, 'EINVAL', 'EBUSY') && action.mode === 'passthru')
        throw parentIsTaken(action.parent, error);
      const isOld = isErrno(error, 'EEXIST') && isMacvlan(action.netns, action.name);
      if (!isOld) throw error;
      // Left by a run that ended in between.
      await withNetlinkLater(action.netns, (socket) => deleteLink(socket, action.name));
      add();
    }
  },
};

const vlanAdd: ActionHandler<'vlan-add'> = {
  describe: ({ name, parent, id, alias }) =>
    [
      shellLine(['ip', 'link', 'add', 'link', parent, 'name', name, 'type', 'vlan', 'id', String(id)]),
      shellLine(['ip', 'link', 'set', name, 'alias', alias, 'up']),
    ].join('\n'),
  perform: (action) => {
    try {
      withNetlink(undefined, (socket) => addVlan(socket, action));
    } catch (error) {
      if (isErrno(error, 'EOPNOTSUPP')) throw kernelLacks('8021q', error);
      if (!isErrno(error, 'EEXIST')) throw error;
    }
  },
};

const wireAdd: ActionHandler<'wire-add'> = {
  describe: ({ name, peer, alias }) =>
    [
      shellLine(['ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', peer]),
      ...[name, peer].map((end) => shellLine(['ip', 'link', 'set', end, 'alias', alias])),
    ].join('\n'),
  perform: (action) =>
    withNetlink(undefined, (socket) => {
      try {
        addLooseWire(socket, action);
      } catch (error) {
        if (!isErrno(error, 'EEXIST') || findLink(socket, action.name)?.alias !== action.alias) throw error;
      }
    }),
};

/** How the actions of macvlan networks are told and done. */
export const macvlanHandlers: ActionHandlers<'macvlan-add' | 'vlan-add' | 'wire-add'> = {
  'macvlan-add': macvlanAdd,
  'vlan-add': vlanAdd,
  'wire-add': wireAdd,
};

function isMacvlan(netns: string, name: string): boolean {
  return withNetlink(netns, (socket) => findLink(socket, name)?.kind === 'macvlan');
}

function kernelLacks(module: string, cause: unknown): EngineError {
  return new EngineError(500, 'KERNEL_MODULE_MISSING', `this kernel has no ${module}`, {
    hint: `load it (modprobe ${module}), or use a kernel that has it; a bridge network with -o com.docker.network.bridge.gateway_mode_ipv4=routed needs neither`,
    cause,
  });
}

function parentIsTaken(parent: string, cause: unknown): EngineError {
  return new EngineError(
    409,
    'NETWORK_PARENT_TAKEN',
    `${parent} has a container in mode passthru, which takes it whole`,
    {
      hint: 'run one container there, or use macvlan_mode=bridge',
      cause,
    },
  );
}
