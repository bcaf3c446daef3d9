import type Dockerode from 'dockerode';
import { isOneOff, label, numberOf, serviceOf } from '../plan/labels.ts';
import type { EngineClientLike } from './engine-client.ts';
import { exitCodeOf, healthOf, observedContainer } from './observe.ts';

/** A replica of a service as `ps` shows it. */
export interface Replica {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly number: number;
  readonly oneOff: boolean;
  readonly image: string;
  readonly command: string;
  /** `running`, `exited`, … */
  readonly state: string;
  /** Docker's words: `Up 3 minutes (healthy)`. */
  readonly status: string;
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  readonly exitCode: number;
  /** Seconds since 1970. */
  readonly created: number;
  readonly networks: readonly { readonly name: string; readonly address: string }[];
  readonly ports: readonly PublishedPort[];
  readonly labels: Readonly<Record<string, string>>;
  readonly mounts: readonly string[];
}

export interface PublishedPort {
  /** Address of the host; empty for a port that is exposed only. */
  readonly hostIp: string;
  /** 0: not published. */
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: string;
}

/** The containers of a project, by service and number. `all`: stopped ones too. */
export async function ps(
  client: EngineClientLike,
  about: { projectName: string; services?: readonly string[]; all?: boolean },
): Promise<Replica[]> {
  const filters = { label: [`${label.project}=${about.projectName}`] };
  const containers = await client.listContainers({ all: about.all ?? false, filters });
  const wanted = about.services ?? [];
  return containers
    .map(replicaOf)
    .filter(({ service }) => wanted.length === 0 || wanted.includes(service))
    .sort((a, b) => (a.service === b.service ? a.number - b.number : a.service < b.service ? -1 : 1));
}

function replicaOf(info: Dockerode.ContainerInfo): Replica {
  const observed = observedContainer(info);
  const networks = Object.entries(info.NetworkSettings.Networks);
  return {
    id: info.Id,
    name: observed.name,
    service: serviceOf(observed),
    number: numberOf(observed),
    oneOff: isOneOff(observed),
    image: info.Image,
    command: info.Command,
    state: info.State,
    status: info.Status,
    health: healthOf(info.Status),
    exitCode: exitCodeOf(info) ?? 0,
    created: info.Created,
    networks: networks.map(([name, { IPAddress, GlobalIPv6Address }]) => ({
      name,
      address: IPAddress === '' ? GlobalIPv6Address : IPAddress,
    })),
    ports: info.Ports.map(publishedPort).sort(byContainerPort),
    labels: info.Labels,
    mounts: info.Mounts.map(({ Name, Source }) => Name ?? Source),
  };
}

/** `IP` and `PublicPort` are absent for ports that are only exposed, whatever the types say. */
function publishedPort(port: Partial<Dockerode.Port>): PublishedPort {
  return {
    hostIp: port.IP ?? '',
    hostPort: port.PublicPort ?? 0,
    containerPort: port.PrivatePort ?? 0,
    protocol: port.Type ?? 'tcp',
  };
}

function byContainerPort(a: PublishedPort, b: PublishedPort): number {
  return a.containerPort - b.containerPort || (a.hostIp < b.hostIp ? -1 : 1);
}
