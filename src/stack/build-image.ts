import type { BuildRequest } from '../model/build.ts';
import type { Operation } from '../model/plan.ts';
import type { ProgressEvent } from '../model/progress.ts';
import type { EngineClientLike } from './engine-client.ts';
import { cannotBuildThere, streamEnded } from './errors.ts';

/** Builds the image of a service; resolves with the words for it. What is built goes into `built`, by its name. */
export async function buildImage(
  operation: Operation,
  body: BuildRequest,
  context: {
    client: EngineClientLike;
    emit: (event: ProgressEvent) => void;
    signal: AbortSignal;
    built: Map<string, string>;
  },
): Promise<string> {
  const { client, emit, signal, built } = context;
  const { id, resource } = operation;
  if (!client.berth) throw cannotBuildThere(resource.key);
  for await (const event of client.berth.build(body, signal)) {
    emit({ type: 'build', id, resource, event });
    if (event.type !== 'built') continue;
    built.set(resource.name, event.id);
    const { steps, cachedSteps } = event;
    const cached = cachedSteps > 0 ? `, ${cachedSteps} of ${steps} steps from the cache` : '';
    return `built ${event.id.replace(/^sha256:/, '').slice(0, 12)}${cached}`;
  }
  throw streamEnded();
}
