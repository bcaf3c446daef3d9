import type { ContainerRecord } from '../../model/container.ts';
import type { EndpointSettings, NetworkRecord } from '../../model/network.ts';
import { interfaceNameFor } from '../../network/endpoint-options.ts';
import { decideEndpoint } from './endpoints.ts';
import type { StepContext } from './step-context.ts';

/** A container as it is once it has joined a network. What it was told about a network of that name before counts no more. */
export function joinedTo(
  context: StepContext,
  container: ContainerRecord,
  { network, settings }: { network: NetworkRecord; settings: EndpointSettings },
): ContainerRecord {
  const names = container.endpoints.map((endpoint) => endpoint.interfaceName);
  const interfaceName = interfaceNameFor({ settings, network: network.spec }, names);
  const endpoint = decideEndpoint(context, { containerId: container.id, network, settings, interfaceName });
  const others = container.spec.endpoints.filter((wanted) => wanted.network !== network.spec.name);
  return {
    ...container,
    spec: {
      ...container.spec,
      ...(container.endpoints.length === 0 ? { networkMode: network.spec.name } : {}),
      endpoints: [...others, { network: network.spec.name, settings }],
    },
    endpoints: [...container.endpoints, endpoint],
  };
}
