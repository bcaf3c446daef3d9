import type Dockerode from 'dockerode';
import type { Project } from '../model/compose.ts';
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
    imageIds(client, about.project),
  ]);
  return {
    containers: containers.map(observedContainer),
    networks: networks.map(({ Id, Name, Labels }) => ({ id: Id, name: Name, labels: Labels ?? {} })),
    volumes: volumes.Volumes.map(({ Name, Labels }) => ({ name: Name, labels: nonNull(Labels) })),
    images,
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

async function imageIds(
  client: EngineClientLike,
  project: Project | undefined,
): Promise<Record<string, string>> {
  const services = Object.values(project?.model.services ?? {});
  const references = [...new Set(services.flatMap(imagesOf))];
  const found = await Promise.all(
    references.map(async (image) => [image, await imageId(client, image)] as const),
  );
  const known = found.flatMap(([image, id]) => (id === undefined ? [] : [[image, id] as const]));
  return Object.fromEntries(known);
}

async function imageId(client: EngineClientLike, reference: string): Promise<string | undefined> {
  try {
    return (await client.getImage(reference).inspect()).Id;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Docker sends `null` for an empty map, whatever the types say. */
function nonNull(labels: Record<string, string> | null | undefined): Record<string, string> {
  return labels ?? {};
}
