import type { ContainerRecord } from '../model/container.ts';
import type { EndpointSettings } from '../model/network.ts';
import type { ZoneEndpoint } from '../dns/zone.ts';
import type { EngineState } from './state.ts';

/** The names of a container on each of its networks. */
export function zoneEndpointsOf(state: EngineState, container: ContainerRecord): ZoneEndpoint[] {
  return container.endpoints.map((endpoint) => {
    // The default bridge has no names, but it is a way out: it stands in the zone under a name nobody asks for.
    const isNamed = endpoint.networkName !== 'bridge';
    return {
      containerId: container.id,
      containerName: isNamed ? container.spec.name : container.id,
      network: {
        id: endpoint.networkId,
        name: endpoint.networkName,
        internal: state.networks.get(endpoint.networkId)?.spec.internal ?? false,
      },
      ipv4: endpoint.ipv4Address,
      ipv6: endpoint.ipv6Address,
      gateway: endpoint.ipv4Gateway,
      names: isNamed
        ? [...endpoint.settings.aliases, container.id.slice(0, 12), container.spec.hostname]
        : [],
      links: linksOf(endpoint.settings.links ?? []),
      ready: isReady(container, endpoint.settings),
    };
  });
}

/** Left out of answers by `berth.dns` = healthy: who has a health check and has not passed it, or not any more. */
function isReady({ state }: ContainerRecord, { driverOpts }: EndpointSettings): boolean {
  if (driverOpts?.['berth.dns'] !== 'healthy') return true;
  return ['none', 'healthy'].includes(state.health?.status ?? 'none');
}

/** `name:alias` texts as alias → name. */
function linksOf(links: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    links.map((link) => {
      const [name = '', alias = name] = link.split(':');
      return [alias, name];
    }),
  );
}
