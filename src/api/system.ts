import type { Call } from './call.ts';
import { containerInfo } from './mapping/container-list.ts';
import { imageInfo } from './mapping/image.ts';
import { engineInfo, engineVersion } from './mapping/system.ts';
import { volumeInspect } from './mapping/volume.ts';
import { sendJson, sendText } from './reply.ts';
import { route, type Route } from './router.ts';

export const systemRoutes: readonly Route[] = [
  route('GET', '/_ping', ping),
  route('GET', '/version', ({ engine, response }) => sendJson(response, engineVersion(engine.info))),
  route('GET', '/info', ({ engine, response }) => sendJson(response, engineInfo(engine))),
  route('GET', '/system/df', diskUsage),
];

function ping({ response }: Call): void {
  response.setHeader('Cache-Control', 'no-cache, no-store, must-revalidate');
  response.setHeader('Pragma', 'no-cache');
  response.setHeader('Swarm', 'inactive');
  sendText(response, 'OK');
}

function diskUsage({ engine, response }: Call): void {
  const images = engine.listImages().map((image) => imageInfo(image, engine.listContainers()));
  sendJson(response, {
    LayersSize: images.reduce((total, image) => total + image.Size, 0),
    Images: images,
    Containers: engine.listContainers().map((container) => containerInfo(container, engine)),
    Volumes: engine.listVolumes().map(volumeInspect),
    BuildCache: [],
  });
}
