import type { Step } from '../../model/action.ts';
import type { ContainerRecord } from '../../model/container.ts';
import type { EndpointRecord } from '../../model/network.ts';
import type { EngineState } from '../state.ts';
import { sandboxModeOf } from './endpoints.ts';

export type AddressFamily = 'ipv4' | 'ipv6';

const FAMILIES: readonly AddressFamily[] = ['ipv4', 'ipv6'];

/** The endpoint whose network gives the default route of a family: the highest gw_priority, else the first of them. */
export function gatewayEndpoint(
  endpoints: readonly EndpointRecord[],
  family: AddressFamily,
): EndpointRecord | undefined {
  const priority = ({ settings }: EndpointRecord): number => settings.gwPriority ?? 0;
  return endpoints
    .filter((endpoint) => gatewayOf(endpoint, family) !== '')
    .toSorted((one, other) => priority(other) - priority(one))[0];
}

/** The endpoint as it is set up: with a gateway only where its network gives the default route. */
export function withGatewayInForce(
  endpoint: EndpointRecord,
  endpoints: readonly EndpointRecord[],
): EndpointRecord {
  const inForce = (family: AddressFamily): string =>
    gatewayEndpoint(endpoints, family)?.id === endpoint.id ? gatewayOf(endpoint, family) : '';
  return { ...endpoint, ipv4Gateway: inForce('ipv4'), ipv6Gateway: inForce('ipv6') };
}

/** The host steps that move the default routes of a running container to where they belong after a change. */
export function defaultRouteSteps(
  change: { before: readonly EndpointRecord[]; after: readonly EndpointRecord[] },
  netns: string,
): Step[] {
  return FAMILIES.flatMap((family) => {
    const former = gatewayEndpoint(change.before, family);
    const next = gatewayEndpoint(change.after, family);
    if (!next || former?.id === next.id) return [];
    const via = gatewayOf(next, family);
    return [
      {
        id: `default route ${family}`,
        title: `default route by ${via}, on ${next.networkName}`,
        action: { kind: 'route-replace', to: 'default', via, netns },
        ...(former && {
          undo: { kind: 'route-replace', to: 'default', via: gatewayOf(former, family), netns } as const,
        }),
      },
    ];
  });
}

/**
 * The endpoint that published ports lead to: the one that gives the default route, as answers go back by it. None
 * where that is no bridge: an internal network has no way in, and on a macvlan network the container is on the LAN itself.
 */
export function publishingEndpoint(
  state: EngineState,
  { endpoints }: Pick<ContainerRecord, 'endpoints'>,
): EndpointRecord | undefined {
  const endpoint = gatewayEndpoint(endpoints, 'ipv4') ?? gatewayEndpoint(endpoints, 'ipv6');
  const network = endpoint && state.networks.get(endpoint.networkId);
  return network && network.bridge !== '' ? endpoint : undefined;
}

/** The container asks for ports, and there is an endpoint that they can lead to. */
export function publishes(state: EngineState, container: ContainerRecord): boolean {
  return asksForPorts(container) && publishingEndpoint(state, container) !== undefined;
}

/** What to tell of ports that will lead nowhere. */
export function portWarnings(state: EngineState, container: ContainerRecord): string[] {
  if (!asksForPorts(container) || publishes(state, container)) return [];
  const { kind } = sandboxModeOf(container.spec);
  if (kind !== 'own') return [`Published ports are discarded when using ${kind} network mode`];
  const name = container.spec.name;
  const gateway =
    gatewayEndpoint(container.endpoints, 'ipv4') ?? gatewayEndpoint(container.endpoints, 'ipv6');
  if (!gateway) {
    return [`the ports of ${name} are not published: its networks are internal, so nothing leads into them`];
  }
  const { networkName, ipv4Address, ipv6Address } = gateway;
  const text = `the ports of ${name} are not published: its default route is by the macvlan network ${networkName}, where it is reached at ${ipv4Address || ipv6Address} itself`;
  if (container.endpoints.length === 1) return [text];
  return [`${text}; to publish them, give a bridge network of it a higher gw_priority`];
}

function asksForPorts({ spec }: ContainerRecord): boolean {
  return spec.ports.length > 0 || spec.publishAllPorts;
}

function gatewayOf(endpoint: EndpointRecord, family: AddressFamily): string {
  return family === 'ipv4' ? endpoint.ipv4Gateway : endpoint.ipv6Gateway;
}
