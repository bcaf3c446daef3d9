import type { ContainerRecord } from '../model/container.ts';
import { EngineError } from '../model/errors.ts';
import type { Core } from './core.ts';

/**
 * Takes a legacy link away: `owner/alias`. The next start of the owner knows nothing of it.
 * Throws EngineError LINK_NOT_FOUND, CONTAINER_NAME_TAKEN.
 */
export async function removeLink(core: Core, path: string): Promise<void> {
  const [owner = '', alias] = path.replace(/^\/+/, '').split('/');
  if (alias === undefined) {
    const text = 'Conflict, cannot remove the default link name of the container';
    throw new EngineError(409, 'LINK_NOT_FOUND', text, { hint: 'A link is named as owner/alias.' });
  }
  const container = core.state.lookUpContainer(owner);
  if (!container)
    throw new EngineError(404, 'LINK_NOT_FOUND', `Cannot get parent ${owner} for name ${alias}`);
  await core.locks.run(container.id, async () => {
    const record = core.state.findContainer(container.id);
    const links = record.spec.links.filter((link) => namesOf(link).alias !== alias);
    if (links.length === record.spec.links.length)
      throw new EngineError(404, 'LINK_NOT_FOUND', `could not get child for /${owner}/${alias}`);
    await save(core, record, links);
  });
}

/** Links follow a container that is called something else now. */
export async function renameInLinks(core: Core, from: string, to: string): Promise<void> {
  for (const record of [...core.state.containers.values()]) {
    if (!record.spec.links.some((link) => namesOf(link).name === from)) continue;
    const links = record.spec.links.map((link) => {
      const { name, alias } = namesOf(link);
      return name === from ? `${to}:${alias}` : link;
    });
    await save(core, record, links);
  }
}

function namesOf(link: string): { name: string; alias: string } {
  const [name = '', alias = name] = link.replace(/^\//, '').split(':');
  return { name, alias };
}

async function save(core: Core, record: ContainerRecord, links: readonly string[]): Promise<void> {
  const changed = { ...record, spec: { ...record.spec, links } };
  core.state.replace(changed);
  await core.records.saveContainer(changed, { durable: true });
}
