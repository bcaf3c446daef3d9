import type { ContainerRecord } from '../../model/container.ts';
import { type EndpointBody, endpointBody, pendingEndpointBody } from './endpoint.ts';

/** `NetworkSettings.Networks`: every attachment by network name; addresses while the container runs. */
export function endpointBodies(container: ContainerRecord): Record<string, EndpointBody> {
  const { spec, state, endpoints } = container;
  const owner = {
    id: container.id,
    name: spec.name,
    hostname: spec.hostname,
    live: ['running', 'paused', 'restarting'].includes(state.status),
  };
  const attached = endpoints.map(
    (endpoint) => [endpoint.networkName, endpointBody(endpoint, owner)] as const,
  );
  if (attached.length > 0) return Object.fromEntries(attached);
  if (spec.networkMode === 'host' || spec.networkMode === 'none') {
    return { [spec.networkMode]: pendingEndpointBody({ aliases: [] }) };
  }
  return Object.fromEntries(
    spec.endpoints.map(({ network, settings }) => [network, pendingEndpointBody(settings)]),
  );
}
