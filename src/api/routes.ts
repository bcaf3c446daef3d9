import { archiveRoutes } from './archive.ts';
import { attachRoutes } from './attach.ts';
import { attachWebSocketRoutes } from './attach-web-socket.ts';
import { berthRoutes } from './berth.ts';
import { buildRoutes } from './build.ts';
import { containerRoutes } from './containers.ts';
import { containerStreamRoutes } from './container-streams.ts';
import { eventRoutes } from './events.ts';
import { execRoutes } from './exec.ts';
import { imageRoutes } from './images.ts';
import { insightRoutes } from './insight.ts';
import { leaseRoutes } from './leases.ts';
import { missingRoutes } from './missing.ts';
import { networkRoutes } from './networks.ts';
import { registryRoutes } from './registry.ts';
import type { Route } from './router.ts';
import { systemRoutes } from './system.ts';
import { volumeRoutes } from './volumes.ts';

/** Every endpoint, in the order in which they are tried. */
export const routes: readonly Route[] = [
  ...systemRoutes,
  ...containerRoutes,
  ...containerStreamRoutes,
  ...attachRoutes,
  ...attachWebSocketRoutes,
  ...archiveRoutes,
  ...insightRoutes,
  ...execRoutes,
  ...networkRoutes,
  ...volumeRoutes,
  ...registryRoutes,
  ...imageRoutes,
  ...buildRoutes,
  ...eventRoutes,
  ...berthRoutes,
  ...leaseRoutes,
  ...missingRoutes,
];
