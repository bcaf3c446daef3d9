import type { ContainerRecord } from '../../model/container.ts';
import type { PortRequest, Protocol } from '../../model/network.ts';
import type { EngineState } from '../state.ts';
import { publishingEndpoint } from './firewall-step.ts';

/**
 * What a container wants published: the ports it names, and with `-P` a random one for every other exposed port.
 * Where no host address is named, the option `host_binding_ipv4` of the network they lead to decides.
 */
export function portRequestsOf(state: EngineState, container: ContainerRecord): PortRequest[] {
  const address = defaultBinding(state, container);
  return [...container.spec.ports, ...exposedRequests(container)].map((request) =>
    request.hostIp === '' && address !== '' ? { ...request, hostIp: address } : request,
  );
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
