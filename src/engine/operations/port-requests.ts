import type { ContainerRecord } from '../../model/container.ts';
import type { PortRequest, Protocol, PublishedPort } from '../../model/network.ts';
import { gatewayMode } from '../../network/bridge-options.ts';
import type { EngineState } from '../state.ts';
import { publishingEndpoint } from './gateways.ts';

/**
 * What a container wants published: the ports it names, and with `-P` a random one for every other exposed port.
 * Where no host address is named, the option `host_binding_ipv4` of the network they lead to decides.
 */
export function portRequestsOf(state: EngineState, container: ContainerRecord): PortRequest[] {
  const address = defaultBinding(state, container);
  const hasIpv6 = (publishingEndpoint(state, container)?.ipv6Address ?? '') !== '';
  return [...container.spec.ports, ...exposedRequests(container)].map((request) => {
    if (request.hostIp !== '') return request;
    // Between the families only the engine could carry it, which has no SCTP.
    const family = request.protocol === 'sctp' && !hasIpv6 ? ANY.ipv4 : '';
    return { ...request, hostIp: address || family };
  });
}

/** Requests that take ports of the host, and those of families that are routed: these are reached at the container. */
export function splitRequests(
  state: EngineState,
  container: ContainerRecord,
): { readonly bound: PortRequest[]; readonly direct: PublishedPort[] } {
  const endpoint = publishingEndpoint(state, container);
  const spec = endpoint && state.networks.get(endpoint.networkId)?.spec;
  const isRouted = (family: 'ipv4' | 'ipv6'): boolean =>
    spec !== undefined && gatewayMode(spec, family) === 'routed';
  const hasAddress = (family: 'ipv4' | 'ipv6'): boolean => (endpoint?.[`${family}Address`] ?? '') !== '';
  const parts = portRequestsOf(state, container).map((request) => {
    const families = familiesOf(request);
    const routed = families.filter(isRouted);
    return { request, routed, others: families.filter((family) => !routed.includes(family)) };
  });
  return {
    bound: parts.flatMap(({ request, routed, others }) => {
      if (routed.length === 0) return [request];
      return others
        .filter(hasAddress)
        .map((family) => ({ ...request, hostIp: request.hostIp || ANY[family] }));
    }),
    direct: parts.flatMap(({ request, routed }) => {
      const { containerPort, protocol } = request;
      return routed
        .filter(hasAddress)
        .map((family) => ({ containerPort, protocol, hostIp: ANY[family], hostPort: 0 }));
    }),
  };
}

const ANY = { ipv4: '0.0.0.0', ipv6: '::' } as const;

function familiesOf({ hostIp }: PortRequest): ('ipv4' | 'ipv6')[] {
  if (hostIp === '') return ['ipv4', 'ipv6'];
  return hostIp.includes(':') ? ['ipv6'] : ['ipv4'];
}

function defaultBinding(state: EngineState, container: ContainerRecord): string {
  const endpoint = publishingEndpoint(state, container);
  const network = endpoint && state.networks.get(endpoint.networkId);
  return network?.spec.options['com.docker.network.bridge.host_binding_ipv4'] ?? '';
}

function exposedRequests(container: ContainerRecord): PortRequest[] {
  if (!container.spec.publishAllPorts) return [];
  const named = new Set(container.spec.ports.map((port) => `${String(port.containerPort)}/${port.protocol}`));
  return container.process.exposedPorts
    .filter((exposed) => !named.has(exposed))
    .map((exposed) => {
      const [port = '', protocol = 'tcp'] = exposed.split('/');
      return {
        containerPort: Number(port),
        protocol: protocol as Protocol,
        hostIp: '',
        hostPort: 0,
        hostPortEnd: 0,
      };
    });
}
