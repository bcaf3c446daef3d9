import type Dockerode from 'dockerode';
import type { Project, ServiceModel } from '../model/compose.ts';
import { suitsPlatform } from '../model/platforms.ts';
import { imagesOf } from '../plan/names.ts';
import { label } from '../plan/labels.ts';
import type { ObservedContainer, ObservedState } from '../plan/observed.ts';
import { statusOf, type EngineClientLike } from './engine-client.ts';

/** Takes one snapshot of what a plan for the project looks at. */
export async function observe(
  client: EngineClientLike,
  about: { projectName: string; project?: Project | undefined },
): Promise<ObservedState> {
  const filters = { label: [`${label.project}=${about.projectName}`] };
  const [containers, networks, volumes, images] = await Promise.all([
    client.listContainers({ all: true, filters }),
    client.listNetworks(),
    client.listVolumes(),
    imageFacts(client, Object.values(about.project?.model.services ?? {})),
  ]);
  return {
    containers: containers.map(observedContainer),
    networks: networks.map(({ Id, Name, Labels }) => ({ id: Id, name: Name, labels: Labels ?? {} })),
    volumes: volumes.Volumes.map(({ Name, Labels }) => ({ name: Name, labels: nonNull(Labels) })),
    ...images,
    nowMs: Date.now(),
  };
}

/** A line of `GET /containers/json` in the words of the plan. */
export function observedContainer(info: Dockerode.ContainerInfo): ObservedContainer {
  const networks = Object.entries(info.NetworkSettings.Networks);
  return {
    id: info.Id,
    name: (info.Names[0] ?? '').replace(/^\//, ''),
    status: info.State,
    exitCode: exitCodeOf(info),
    health: healthOf(info.Status),
    imageId: info.ImageID,
    labels: info.Labels,
    networks: Object.fromEntries(networks.map(([name, endpoint]) => [name, endpoint.NetworkID])),
    addresses: Object.fromEntries(
      networks.map(([name, { IPAddress, GlobalIPv6Address }]) => [
        name,
        [IPAddress, GlobalIPv6Address].filter((address) => address !== ''),
      ]),
    ),
    mounts: info.Mounts.map(({ Type, Name, Destination }) => ({
      type: Type,
      name: Name ?? '',
      target: Destination,
    })),
    created: new Date(info.Created * 1000).toISOString(),
  };
}

/** The list says health only in its words for people: `Up 3 minutes (healthy)`. */
export function healthOf(statusText: string): ObservedContainer['health'] {
  if (statusText.includes('(healthy)')) return 'healthy';
  if (statusText.includes('(unhealthy)')) return 'unhealthy';
  return statusText.includes('(health: starting)') ? 'starting' : 'none';
}

/** `Exited (1) 3 minutes ago` → 1. */
export function exitCodeOf(info: { State: string; Status: string }): number | undefined {
  if (info.State !== 'exited') return undefined;
  const code = /^Exited \((\d+)\)/.exec(info.Status)?.[1];
  return code === undefined ? undefined : Number(code);
}

/** Which of the services' images are there, and since when. One of another platform than a service wants is not. */
export async function imageFacts(
  client: EngineClientLike,
  services: readonly ServiceModel[],
): Promise<Pick<ObservedState, 'images' | 'imageTimes'>> {
  const references = new Set(services.flatMap(imagesOf));
  const found = await Promise.all(
    [...references].map(async (image) => [image, await inspectImage(client, image)] as const),
  );
  const known = found.flatMap(([image, info]) => {
    const platforms = services.filter((service) => service.image === image).map(({ platform }) => platform);
    return info && platforms.every((platform) => isOf(info, platform)) ? [[image, info] as const] : [];
  });
  return {
    images: Object.fromEntries(known.map(([image, { Id }]) => [image, Id])),
    imageTimes: Object.fromEntries(known.map(([image, info]) => [image, taggedMs(info)])),
  };
}

function isOf({ Os, Architecture }: Dockerode.ImageInspectInfo, platform: unknown): boolean {
  return typeof platform !== 'string' || suitsPlatform({ os: Os, architecture: Architecture }, platform);
}

/** When the image got its name last; an engine that does not say counts as having it from the beginning. */
function taggedMs(info: Dockerode.ImageInspectInfo): number {
  const { Metadata } = info as { Metadata?: { LastTagTime?: string } };
  const ms = Date.parse(Metadata?.LastTagTime ?? '');
  return Number.isNaN(ms) ? 0 : ms;
}

/** Undefined when the engine has no such image. */
export async function inspectImage(
  client: EngineClientLike,
  reference: string,
): Promise<Dockerode.ImageInspectInfo | undefined> {
  try {
    return await client.getImage(reference).inspect();
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Docker sends `null` for an empty map, whatever the types say. */
function nonNull(labels: Record<string, string> | null | undefined): Record<string, string> {
  return labels ?? {};
}
