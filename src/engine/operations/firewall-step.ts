import type { Step } from '../../model/action.ts';
import type { ContainerRecord } from '../../model/container.ts';
import { bridgeFlag, gatewayMode, sourceAddresses, trustedInterfaces } from '../../network/bridge-options.ts';
import { diffRules } from '../../network/firewall/iptables.ts';
import type { FirewallPort, FirewallState } from '../../network/firewall/model.ts';
import { rulesFor } from '../../network/firewall/model.ts';
import { forwardingCommand } from '../forwarding.ts';
import { EngineState } from '../state.ts';
import { publishingEndpoint } from './gateways.ts';
import type { StepContext } from './step-context.ts';

/**
 * One refill of our chains. What is applied is always the whole of the present state; `before` and `after` serve
 * the preview, which shows the difference.
 */
export function firewallStep(
  context: StepContext,
  title: string,
  change: { before: () => EngineState; after: () => EngineState },
): Step {
  const difference = context.preview ? differenceFor(context, change) : { added: [], removed: [] };
  return {
    id: 'firewall',
    title,
    action: { kind: 'firewall', ...difference },
    undo: { kind: 'firewall', added: difference.removed, removed: difference.added },
  };
}

function differenceFor(
  context: StepContext,
  change: { before: () => EngineState; after: () => EngineState },
): { added: readonly string[]; removed: readonly string[] } {
  const before = firewallStateOf(change.before());
  const after = firewallStateOf(change.after());
  const { added, removed } = diffRules(rulesFor(before), rulesFor(after));
  const isFirst = {
    ipv4: before.networks.length === 0 && after.networks.length > 0,
    ipv6: !hasIpv6(before) && hasIpv6(after),
  };
  const switched = (['ipv4', 'ipv6'] as const)
    .filter((family) => isFirst[family] && context.forwardingIsOff(family))
    .map(forwardingCommand);
  return { added: [...switched, ...added], removed };
}

export function hasIpv6({ networks }: FirewallState): boolean {
  return networks.some(({ subnets }) => subnets.some((subnet) => subnet.includes(':')));
}

/** What the firewall must express: the bridges there are and the ports of live containers. Pure. */
export function firewallStateOf(state: EngineState): FirewallState {
  const networks = [...state.networks.values()].filter(
    (network) => network.bridge !== '' && !network.dormant && network.state !== 'removing',
  );
  return {
    networks: networks.map((network) => ({
      id: network.id,
      name: network.spec.name,
      bridge: network.bridge,
      subnets: network.pools.map((pool) => pool.subnet),
      internal: network.spec.internal,
      icc: bridgeFlag(network.spec, 'enable_icc', true),
      masquerade: bridgeFlag(network.spec, 'enable_ip_masquerade', true),
      trusted: trustedInterfaces(network.spec),
      sources: sourceAddresses(network.spec),
      gatewayModes: { ipv4: gatewayMode(network.spec, 'ipv4'), ipv6: gatewayMode(network.spec, 'ipv6') },
    })),
    ports: [...state.live].flatMap((id) => {
      const container = state.containers.get(id);
      return container ? portsOf(state, container) : [];
    }),
  };
}

export function withoutNetwork(state: EngineState, id: string): EngineState {
  const copy = new EngineState(state);
  copy.networks.delete(id);
  return copy;
}

export function withLive(state: EngineState, id: string, live: boolean): EngineState {
  const copy = new EngineState(state);
  if (live) copy.live.add(id);
  else copy.live.delete(id);
  return copy;
}

function portsOf(state: EngineState, container: ContainerRecord): FirewallPort[] {
  const endpoint = publishingEndpoint(state, container);
  const network = endpoint && state.networks.get(endpoint.networkId);
  if (!endpoint || !network) return [];
  return container.publishedPorts.map((port) => ({
    containerName: container.spec.name,
    networkId: network.id,
    bridge: network.bridge,
    containerIp: endpoint.ipv4Address,
    ...(endpoint.ipv6Address === '' ? {} : { containerIpv6: endpoint.ipv6Address }),
    containerPort: port.containerPort,
    protocol: port.protocol,
    hostIp: port.hostIp,
    hostPort: port.hostPort,
  }));
}
