import type { EngineClient } from '../client/client.ts';
import type { Project } from '../model/compose.ts';
import type { CliContext } from './context.ts';
import { engineFor } from './engine.ts';
import { projectFor } from './project.ts';

/**
 * The project and an engine to bring it up with. An engine that has to start does so while the files are read, which
 * takes as long; a mistake in the files is told first all the same.
 */
export async function projectWithEngine(
  context: CliContext,
  services: readonly string[] = [],
): Promise<{ project: Project; client: EngineClient }> {
  const connecting = engineFor(context);
  connecting.catch(() => undefined);
  const project = await projectFor(context, services);
  return { project, client: await connecting };
}
