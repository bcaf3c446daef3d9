import type { Step } from '../../model/action.ts';
import { EngineError } from '../../model/errors.ts';
import type { NetworkRecord, NetworkSpec } from '../../model/network.ts';
import { checkOptions, withFamilies } from '../../network/bridge-options.ts';
import { bridgeRemovalSteps, bridgeSteps } from '../../network/bridge-steps.ts';
import { bridgeName } from '../../network/interface-names.ts';
import { decideParent, macvlanRemovalSteps, macvlanSteps, refuseBusyParent } from '../../network/macvlan.ts';
import { ETHERNET_MTU } from '../../network/default-mtu.ts';
import { completePools } from '../../network/ipam.ts';
import { firewallStep, withoutNetwork } from './firewall-step.ts';
import type { StepContext } from './step-context.ts';

/** Decides what a new network will be: its id, bridge and pools. Pure but for the clock in `context`. */
export function decideNetwork(context: StepContext, request: NetworkSpec): NetworkRecord {
  const spec = withFamilies(request);
  refuseName(context, spec.name);
  if (spec.driver === 'host' || spec.driver === 'null') return refuseDriver(spec);
  checkOptions(spec);
  const id = context.ids.id('network', spec.name);
  return {
    id,
    spec,
    ...(spec.driver === 'macvlan'
      ? decideMacvlan(context, { id, spec })
      : decideBridge(context, { id, spec })),
    created: context.now(),
    userSubnet: spec.ipam.some((config) => config.subnet !== undefined),
    state: 'creating',
  };
}

function decideBridge(
  context: StepContext,
  { id, spec }: Pick<NetworkRecord, 'id' | 'spec'>,
): Pick<NetworkRecord, 'bridge' | 'pools' | 'mtu'> {
  const bridge = bridgeName(id, spec.options);
  refuseBridge(context, { id, bridge });
  return { bridge, pools: completePools(spec, context.takenSubnets()), mtu: context.defaultMtu() };
}

/** Its subnet is that of the LAN, which the host has a route to: only other networks of ours are in the way. */
function decideMacvlan(
  context: StepContext,
  { id, spec }: Pick<NetworkRecord, 'id' | 'spec'>,
): Pick<NetworkRecord, 'bridge' | 'pools' | 'parent' | 'madeParent'> {
  const about = { id, owner: context.owner, aliasOf: context.linkAlias };
  const parent = decideParent(spec, about);
  refuseBusyParent({ spec, ...parent }, context.state.networks.values());
  const taken = context.takenSubnets();
  const isNamed = spec.ipam.some((config) => config.subnet !== undefined);
  const inTheWay = taken.filter(({ holder }) => !isNamed || holder.startsWith('network '));
  return { bridge: '', pools: completePools(spec, inTheWay), ...parent };
}

/** The host steps that make a network. `context.state` already holds it. */
export function createNetworkSteps(context: StepContext, network: NetworkRecord): Step[] {
  const record = { object: 'network', id: network.id, path: context.networkFile(network.id) } as const;
  return [
    {
      id: 'record',
      title: 'record what is about to be made',
      action: { kind: 'record', ...record, state: 'creating' },
      undo: { kind: 'forget', ...record },
    },
    ...(network.spec.driver === 'macvlan'
      ? macvlanSteps(network, { owner: context.owner, isShared: sharesParent(context, network) })
      : bridgeCreationSteps(context, network)),
    { id: 'commit', title: 'record that it is ready', action: { kind: 'record', ...record, state: 'ready' } },
  ];
}

/** The host steps that take a network away. `context.state` still holds it. */
export function removeNetworkSteps(context: StepContext, network: NetworkRecord): Step[] {
  const record = { object: 'network', id: network.id, path: context.networkFile(network.id) } as const;
  return [
    { id: 'record', title: 'record that it goes', action: { kind: 'record', ...record, state: 'removing' } },
    ...(network.spec.driver === 'macvlan'
      ? macvlanRemovalSteps(network, sharesParent(context, network))
      : ruleAndBridgeRemovalSteps(context, network)),
    { id: 'forget', title: 'forget it', action: { kind: 'forget', ...record } },
  ];
}

function bridgeCreationSteps(context: StepContext, network: NetworkRecord): Step[] {
  return [
    ...bridgeSteps(network, { owner: context.owner, mtu: mtuOf(network) }),
    firewallStep(context, `rules of ${network.bridge}`, {
      before: () => withoutNetwork(context.state, network.id),
      after: () => context.state,
    }),
  ];
}

function ruleAndBridgeRemovalSteps(context: StepContext, network: NetworkRecord): Step[] {
  return [
    firewallStep(context, `rules of ${network.bridge}`, {
      before: () => context.state,
      after: () => withoutNetwork(context.state, network.id),
    }),
    // The kernel takes its time for a bridge, and rules may name one that is gone.
    ...bridgeRemovalSteps(network).map((step) => ({ ...step, alongside: true as const })),
  ];
}

function sharesParent({ state }: StepContext, { id, parent }: NetworkRecord): boolean {
  return [...state.networks.values()].some((other) => other.id !== id && other.parent === parent);
}

/** Bytes. The network's own option, else what it was made with: a bridge and its ports must agree. */
export function mtuOf(network: NetworkRecord): number {
  const option = network.spec.options['com.docker.network.driver.mtu'];
  return option === undefined ? (network.mtu ?? ETHERNET_MTU) : Number(option);
}

function refuseName(context: StepContext, name: string): void {
  if (name === '') throw new EngineError(400, 'NETWORK_NAME_INVALID', 'invalid network name: name is empty');
  for (const network of context.state.networks.values()) {
    if (network.spec.name !== name) continue;
    throw new EngineError(409, 'NETWORK_EXISTS', `network with name ${name} already exists`, {
      hint: `berth network inspect ${name} shows it; berth network rm ${name} removes it`,
    });
  }
}

function refuseDriver(spec: NetworkSpec): never {
  const text = `only one instance of "${spec.driver}" network is allowed`;
  throw new EngineError(403, 'NETWORK_PREDEFINED', text);
}

function refuseBridge(context: StepContext, { id, bridge }: Pick<NetworkRecord, 'id' | 'bridge'>): void {
  for (const network of context.state.networks.values()) {
    if (network.bridge !== bridge || bridge === '') continue;
    const text = `cannot create network ${id} (${bridge}): conflicts with network ${network.id} (${bridge}): networks have same bridge name`;
    throw new EngineError(403, 'NETWORK_BRIDGE_TAKEN', text, {
      hint: 'choose another com.docker.network.bridge.name',
    });
  }
}
