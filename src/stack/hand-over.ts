import type { Project, ServiceModel } from '../model/compose.ts';
import { ComposeError } from '../model/errors.ts';
import type { GrantedContent } from '../model/granted-content.ts';
import type { EngineClientLike } from './engine-client.ts';
import { grantedContents } from './grants.ts';

/**
 * Gives a container the secrets and configs that are no file of this machine, before it starts. Our engine keeps them
 * in memory; a Docker Engine gets them unpacked into the new container, as Docker Compose does it.
 */
export async function handOver(
  { client, project }: { client: EngineClientLike; project?: Project | undefined },
  about: { service: string; container: string; when: 'made' | 'missing' },
): Promise<void> {
  const service = project?.model.services[about.service];
  if (!project || !service) return;
  const files = contentsFor(project, service, about.when);
  if (files.length === 0) return;
  if (client.berth) {
    await client.berth.giveFiles(about.container, files, { onlyMissing: about.when === 'missing' });
  } else if (about.when === 'made') {
    await client.getContainer(about.container).putArchive(await archiveOf(files), { path: '/' });
  }
}

/** To start what is there, nothing has to be in the file that the container has already: the engine says what it lacks. */
function contentsFor(
  project: Project,
  service: ServiceModel,
  when: 'made' | 'missing',
): readonly GrantedContent[] {
  try {
    return grantedContents(project, service);
  } catch (error) {
    if (when === 'missing' && error instanceof ComposeError) return [];
    throw error;
  }
}

async function archiveOf(files: readonly GrantedContent[]): Promise<NodeJS.ReadableStream> {
  const { pack } = await import('tar-stream');
  const archive = pack();
  for (const { target, content, uid, gid, mode } of files) {
    archive.entry({ name: target.replace(/^\/+/, ''), uid, gid, mode, mtime: new Date() }, content);
  }
  archive.finalize();
  return archive as unknown as NodeJS.ReadableStream;
}
