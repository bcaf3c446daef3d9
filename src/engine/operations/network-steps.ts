import type { Step } from '../../model/action.ts';
import { EngineError } from '../../model/errors.ts';
import type { NetworkRecord, NetworkSpec } from '../../model/network.ts';
import { checkBridgeOptions } from '../../network/bridge-options.ts';
import { bridgeRemovalSteps, bridgeSteps } from '../../network/bridge-steps.ts';
import { bridgeName } from '../../network/interface-names.ts';
import { ETHERNET_MTU } from '../../network/default-mtu.ts';
import { completePools } from '../../network/ipam.ts';
import { firewallStep, withoutNetwork } from './firewall-step.ts';
import type { StepContext } from './step-context.ts';

/** Decides what a new network will be: its id, bridge and pools. Pure but for the clock in `context`. */
export function decideNetwork(context: StepContext, spec: NetworkSpec): NetworkRecord {
  refuseName(context, spec.name);
  if (spec.driver !== 'bridge') return refuseDriver(spec);
  checkBridgeOptions(spec);
  const id = context.ids.id('network', spec.name);
  const bridge = bridgeName(id, spec.options);
  refuseBridge(context, bridge);
  return {
    id,
    spec,
    bridge,
    pools: completePools(spec, context.takenSubnets()),
    mtu: context.defaultMtu(),
    created: context.now(),
    userSubnet: spec.ipam.some((config) => config.subnet !== undefined),
    state: 'creating',
  };
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
    ...bridgeSteps(network, { owner: context.owner, mtu: mtuOf(network) }),
    firewallStep(context, `rules of ${network.bridge}`, {
      before: () => withoutNetwork(context.state, network.id),
      after: () => context.state,
    }),
    { id: 'commit', title: 'record that it is ready', action: { kind: 'record', ...record, state: 'ready' } },
  ];
}

/** The host steps that take a network away. `context.state` still holds it. */
export function removeNetworkSteps(context: StepContext, network: NetworkRecord): Step[] {
  const record = { object: 'network', id: network.id, path: context.networkFile(network.id) } as const;
  return [
    { id: 'record', title: 'record that it goes', action: { kind: 'record', ...record, state: 'removing' } },
    firewallStep(context, `rules of ${network.bridge}`, {
      before: () => context.state,
      after: () => withoutNetwork(context.state, network.id),
    }),
    ...bridgeRemovalSteps(network),
    { id: 'forget', title: 'forget it', action: { kind: 'forget', ...record } },
  ];
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
  if (spec.driver === 'host' || spec.driver === 'null') {
    throw new EngineError(
      403,
      'NETWORK_PREDEFINED',
      `only one instance of "${spec.driver}" network is allowed`,
    );
  }
  throw new EngineError(404, 'NETWORK_DRIVER_UNKNOWN', `plugin "${spec.driver}" not found`, {
    hint: 'leave the driver out to get a bridge; with -o com.docker.network.bridge.gateway_mode_ipv4=routed the LAN reaches containers at addresses of their own',
  });
}

function refuseBridge(context: StepContext, bridge: string): void {
  for (const network of context.state.networks.values()) {
    if (network.bridge !== bridge || bridge === '') continue;
    const text = `cannot create network (${bridge}): conflicts with network ${network.id} (${bridge}): networks have same bridge name`;
    throw new EngineError(403, 'NETWORK_BRIDGE_TAKEN', text, {
      hint: 'choose another com.docker.network.bridge.name',
    });
  }
}
