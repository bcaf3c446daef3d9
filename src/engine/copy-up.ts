import type { Core } from './core.ts';

/** Fills a volume that is still empty with what the container's image has at `target`. */
export async function copyUp(
  core: Core,
  request: { name: string; container: string; target: string },
): Promise<void> {
  const { images, volumes, state } = core;
  const image = images.find(state.findContainer(request.container).imageId);
  const volume = volumes.find(request.name);
  if (image && volume) await volumes.copyUp({ volume, layers: images.layers(image), path: request.target });
}
