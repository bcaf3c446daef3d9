import type { ContainerRecord } from '../model/container.ts';
import { contextFor, executeAll } from './core.ts';
import type { Core } from './core.ts';
import { sandboxResetSteps } from './operations/container-steps.ts';
import { attachmentsOf, decideEndpoints } from './operations/endpoints.ts';

/**
 * Before a start: a network that was removed and made again under the same name is the one meant, so the
 * container gets new endpoints there, in a new namespace.
 * @throws {EngineError} NETWORK_NOT_FOUND when a network is gone for good.
 */
export async function refreshEndpoints(core: Core, container: ContainerRecord): Promise<ContainerRecord> {
  const context = contextFor(core);
  const attachments = attachmentsOf(context, container.spec);
  const have = container.endpoints.map((endpoint) => endpoint.networkId);
  const want = attachments.map(({ network }) => network.id);
  if (have.length === want.length && have.every((id, index) => id === want[index])) return container;
  await executeAll(
    core,
    { operation: 'start', object: 'container', name: container.spec.name },
    sandboxResetSteps(context, container),
  );
  core.state.replace({ ...container, endpoints: [] });
  const renewed = { ...container, endpoints: decideEndpoints(context, container.id, attachments) };
  core.state.replace(renewed);
  await core.records.saveContainer(renewed, { durable: true });
  return renewed;
}
