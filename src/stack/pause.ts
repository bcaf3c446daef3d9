import { isOneOff, serviceOf } from '../plan/labels.ts';
import type { ObservedContainer } from '../plan/observed.ts';
import type { EngineClientLike } from './engine-client.ts';
import { observe } from './observe.ts';

/** Holds or releases the services that there are containers of. Resolves with the containers' names. */
export async function setPaused(
  client: EngineClientLike,
  about: { projectName: string; services: readonly string[]; paused: boolean; dryRun?: boolean },
): Promise<string[]> {
  const { projectName, services, paused } = about;
  const { containers } = await observe(client, { projectName });
  const wanted = containers.filter((container) => isWanted(container, services, paused));
  if (about.dryRun) return wanted.map(({ name }) => name);
  await Promise.all(
    wanted.map(({ id }) => {
      const container = client.getContainer(id);
      return paused ? container.pause() : container.unpause();
    }),
  );
  return wanted.map(({ name }) => name);
}

/** Without names, what is already as it should be is left out; by name the engine says so. */
function isWanted(container: ObservedContainer, services: readonly string[], paused: boolean): boolean {
  if (isOneOff(container)) return false;
  if (services.length > 0) return services.includes(serviceOf(container));
  return container.status === (paused ? 'running' : 'paused');
}
