import type { Step } from '../model/action.ts';
import { EngineError } from '../model/errors.ts';
import type { NetworkRecord, NetworkSpec } from '../model/network.ts';
import { deviceParameter } from './bridge-steps.ts';
import { LONGEST_INTERFACE_NAME } from './interface-names.ts';

export type MacvlanMode = 'bridge' | 'private' | 'vepa' | 'passthru';

/** What a macvlan network stands on. */
export type MacvlanParent = Required<Pick<NetworkRecord, 'parent'>> & Pick<NetworkRecord, 'madeParent'>;

const PARENT = 'parent';
const MODE = 'macvlan_mode';
const MODES: readonly MacvlanMode[] = ['bridge', 'private', 'vepa', 'passthru'];

/** How the containers of the network meet each other; Docker's default is `bridge`. */
export function macvlanMode({ options }: NetworkSpec): MacvlanMode {
  return MODES.find((mode) => mode === options[MODE]) ?? 'bridge';
}

/**
 * The parent of a new network: the device that `parent` names; a VLAN subinterface of it when the name is
 * `device.number`; for a network that is internal or names none, a wire of its own that leads nowhere.
 * `aliasOf`: the alias of a device of the host, undefined when there is none. Throws EngineError.
 */
export function decideParent(
  spec: NetworkSpec,
  about: { id: string; owner: string; aliasOf: (name: string) => string | undefined },
): MacvlanParent {
  checkMode(spec);
  const parent = spec.options[PARENT] ?? '';
  if (spec.internal || parent === '') return { parent: `dm-${about.id.slice(0, 12)}`, madeParent: 'wire' };
  if (parent === 'lo') throw badParent('loopback interface is not a valid macvlan parent link');
  const alias = about.aliasOf(parent);
  const isOurs = alias?.startsWith(`berth:${about.owner}:`) === true;
  if (alias !== undefined) return { parent, ...(isOurs ? { madeParent: 'vlan' } : {}) };
  const vlan = vlanOf(parent);
  if (!vlan) throw badParent(`there is no device ${parent} on this host`);
  if (about.aliasOf(vlan.parent) === undefined)
    throw badParent(`there is no device ${vlan.parent} on this host, which ${parent} would be a VLAN of`);
  return { parent, madeParent: 'vlan' };
}

/**
 * The host steps that make what the containers' devices hang on; none where the parent is the host's own.
 * `isShared`: another network of ours stands on it already. Pure.
 */
export function macvlanSteps(
  network: NetworkRecord,
  { owner, isShared }: { readonly owner: string; readonly isShared: boolean },
): Step[] {
  const { parent = '', madeParent, spec } = network;
  if (isShared) return [];
  const alias = `berth:${owner}:${spec.name}`;
  const undo = { kind: 'link-del', name: parent } as const;
  const vlan = vlanOf(parent);
  if (madeParent === 'vlan' && vlan) {
    const action = { kind: 'vlan-add', name: parent, ...vlan, alias } as const;
    return [{ id: 'parent', title: `VLAN ${String(vlan.id)} of ${vlan.parent}`, action, undo }];
  }
  if (madeParent !== 'wire') return [];
  const peer = peerName(parent);
  const parameter = (family: 'ipv4' | 'ipv6', device: string, name: string, value: string): Step => ({
    id: `${name} ${device}`,
    title: `the host takes nothing from ${device}`,
    action: { kind: 'sysctl', key: deviceParameter(family, device, name), value },
  });
  return [
    {
      id: 'parent',
      title: `${parent}, a wire that leads nowhere`,
      action: { kind: 'wire-add', name: parent, peer, alias },
      undo,
    },
    parameter('ipv6', parent, 'disable_ipv6', '1'),
    parameter('ipv6', peer, 'disable_ipv6', '1'),
    parameter('ipv4', peer, 'arp_ignore', '8'),
    parameter('ipv4', peer, 'rp_filter', '1'),
    ...[parent, peer].map((name): Step => ({
      id: `${name} up`,
      title: `${name} up`,
      action: { kind: 'link-up', name },
    })),
  ];
}

/** The host steps that take a parent of ours away. `isShared`: another network stands on it too. Pure. */
export function macvlanRemovalSteps(network: NetworkRecord, isShared: boolean): Step[] {
  const { parent = '', madeParent } = network;
  if (madeParent === undefined || isShared) return [];
  return [{ id: 'parent', title: `remove ${parent}`, action: { kind: 'link-del', name: parent } }];
}

/** Devices on the host that belong to a network of ours. */
export function madeDevices({ parent = '', madeParent }: NetworkRecord): string[] {
  if (madeParent === undefined) return [];
  return madeParent === 'wire' ? [parent, peerName(parent)] : [parent];
}

/** `passthru` gives the parent to one network alone. Throws EngineError. */
export function refuseBusyParent(
  { spec, parent }: Pick<NetworkRecord, 'spec' | 'parent'>,
  others: Iterable<NetworkRecord>,
): void {
  for (const other of others) {
    if (other.parent === undefined || other.parent !== parent) continue;
    if (![macvlanMode(spec), macvlanMode(other.spec)].includes('passthru')) continue;
    const text = `network ${other.spec.name} is already using parent interface ${parent} in mode ${macvlanMode(other.spec)}`;
    throw badParent(
      text,
      'the mode passthru takes the parent for itself: choose another parent, or mode bridge for both',
    );
  }
}

function checkMode({ options }: NetworkSpec): void {
  const mode = options[MODE] ?? 'bridge';
  if (MODES.some((known) => known === mode)) return;
  const text = `requested macvlan mode '${mode}' is not valid, 'bridge' mode is the macvlan driver default`;
  throw badParent(text, `${MODE} is one of ${MODES.join(', ')}`);
}

/** `eth0.100` → VLAN 100 of eth0. */
function vlanOf(name: string): { parent: string; id: number } | undefined {
  const [, parent = '', digits = ''] = /^(.+)\.(\d{1,4})$/.exec(name) ?? [];
  const id = Number(digits);
  return parent !== '' && id >= 1 && id <= 4094 ? { parent, id } : undefined;
}

function peerName(parent: string): string {
  return parent.replace(/^dm-/, 'dp-').slice(0, LONGEST_INTERFACE_NAME);
}

function badParent(
  text: string,
  hint = 'name the device that leads to the LAN: -o parent=eth0, or eth0.100 for its VLAN 100. Devices:  ip link',
): EngineError {
  return new EngineError(400, 'NETWORK_PARENT_INVALID', text, { hint });
}
