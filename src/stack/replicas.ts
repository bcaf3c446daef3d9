import { isOneOff, label, numberOf } from '../plan/labels.ts';
import type { ObservedContainer } from '../plan/observed.ts';
import type { EngineClientLike } from './engine-client.ts';
import { noSuchContainer } from './errors.ts';
import { observedContainer } from './observe.ts';

/**
 * Containers of a service, running or not, by number; with `oneOffs` also those of `run`, at the end.
 * @throws {UsageError} SERVICE_NOT_RUNNING
 */
export async function replicasOf(
  client: EngineClientLike,
  about: { projectName: string; service: string; index?: number | undefined; oneOffs?: boolean },
): Promise<ObservedContainer[]> {
  const { projectName, service, index } = about;
  const filters = { label: [`${label.project}=${projectName}`, `${label.service}=${service}`] };
  const all = (await client.listContainers({ all: true, filters })).map(observedContainer);
  const found = all
    .filter((container) => (about.oneOffs ?? false) || !isOneOff(container))
    .filter((container) => index === undefined || (numberOf(container) === index && !isOneOff(container)))
    .sort((a, b) => Number(isOneOff(a)) - Number(isOneOff(b)) || numberOf(a) - numberOf(b));
  if (found.length === 0) throw noSuchContainer(service, index);
  return found;
}
