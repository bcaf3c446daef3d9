import type { VolumeRecord } from '../model/image.ts';
import { readJsonBody } from './body.ts';
import { type Call, flag, param } from './call.ts';
import { notSupported } from './errors.ts';
import { type Filters, matchesText, readFilters } from './filters.ts';
import { volumeInspect } from './mapping/volume.ts';
import { pruneAccepts } from './prune.ts';
import { sendEmpty, sendJson } from './reply.ts';
import { route, type Route } from './router.ts';

export const volumeRoutes: readonly Route[] = [
  route('GET', '/volumes', list),
  route('POST', '/volumes/create', create),
  route('POST', '/volumes/prune', prune),
  route('GET', '/volumes/{name}', inspect),
  route('DELETE', '/volumes/{name}', remove),
];

function list(call: Call): void {
  const filters = readFilters(call, ['dangling', 'driver', 'label', 'label!', 'name']);
  filters.flag('dangling');
  const volumes = call.engine.listVolumes().filter((volume) => matches(call, volume, filters));
  sendJson(call.response, { Volumes: volumes.map(volumeInspect), Warnings: [] });
}

function matches({ engine }: Call, volume: VolumeRecord, filters: Filters): boolean {
  const dangling = filters.flag('dangling');
  const isUsed = (): boolean =>
    engine.listContainers().some(({ mounts }) => mounts.some(({ name }) => name === volume.name));
  return (
    filters.any('name', (wanted) => matchesText(wanted, volume.name)) &&
    filters.any('driver', (wanted) => wanted === volume.driver) &&
    filters.labels(volume.labels) &&
    (dangling === undefined || dangling === !isUsed())
  );
}

function inspect(call: Call): void {
  sendJson(call.response, volumeInspect(call.engine.findVolume(param(call, 'name'))));
}

async function create(call: Call): Promise<void> {
  const body = await readJsonBody(call);
  if (body.has('ClusterVolumeSpec')) throw notSupported('a cluster volume');
  const volume = await call.engine.createVolume({
    name: body.text('Name'),
    driver: body.text('Driver') || 'local',
    options: body.texts('DriverOpts'),
    labels: body.texts('Labels'),
  });
  sendJson(call.response, volumeInspect(volume), 201);
}

async function remove(call: Call): Promise<void> {
  await call.engine.removeVolume(param(call, 'name'), flag(call, 'force'));
  sendEmpty(call.response, 204);
}

/** Since API 1.42 only anonymous volumes go, unless the filter `all` is set. */
async function prune(call: Call): Promise<void> {
  const filters = readFilters(call, ['all', 'label', 'label!', 'until']);
  const accepts = pruneAccepts(filters);
  const named = call.apiMinor < 42 || filters.flag('all') === true;
  const { removed, freedBytes } = await call.engine.pruneVolumes(
    (volume) => (named || volume.anonymous) && accepts(volume),
  );
  sendJson(call.response, { VolumesDeleted: removed, SpaceReclaimed: freedBytes });
}
