import { label, numberOf, serviceOf } from '../plan/labels.ts';
import type { EngineClientLike } from './engine-client.ts';
import { observedContainer } from './observe.ts';

/** Networks with the containers on them: what `berth network graph` draws. */
export interface NetworkPicture {
  readonly title: string;
  readonly networks: readonly PicturedNetwork[];
  readonly containers: readonly PicturedContainer[];
}

export interface PicturedNetwork {
  readonly name: string;
  readonly subnets: readonly string[];
  readonly internal: boolean;
}

export interface PicturedContainer {
  readonly name: string;
  /** Empty for a container of no project. */
  readonly service: string;
  readonly image: string;
  readonly state: string;
  /** Empty address: none there, as on the host's own network. */
  readonly places: readonly { readonly network: string; readonly address: string }[];
  /** `0.0.0.0:8080 → 80`, with `/udp` behind it where it is not TCP. */
  readonly ports: readonly string[];
}

/** The running containers of a project, or of the whole engine without one, and the networks they are on. */
export async function networkPicture(
  client: EngineClientLike,
  projectName: string | undefined,
): Promise<NetworkPicture> {
  const filters =
    projectName === undefined ? {} : { filters: { label: [`${label.project}=${projectName}`] } };
  const [found, all] = await Promise.all([
    client.listContainers({ all: false, ...filters }),
    client.listNetworks(),
  ]);
  const containers = found.map(pictured).sort(byPlace);
  const used = new Set(containers.flatMap(({ places }) => places.map(({ network }) => network)));
  const own = (labels: Readonly<Record<string, string>>) =>
    projectName !== undefined && labels[label.project] === projectName;
  const networks = all
    .filter((network) => used.has(network.Name) || own({ ...network.Labels }))
    .map(({ Name, Internal, IPAM }) => ({
      name: Name,
      internal: Internal,
      subnets: (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return { title: projectName ?? 'all networks', networks, containers };
}

function pictured(
  info: Awaited<ReturnType<EngineClientLike['listContainers']>>[number],
): PicturedContainer & { number: number } {
  const observed = observedContainer(info);
  const places = Object.entries(info.NetworkSettings.Networks).map(([network, settings]) => ({
    network,
    address: settings.IPAddress === '' ? settings.GlobalIPv6Address : settings.IPAddress,
  }));
  const ports = info.Ports.filter(({ PublicPort, IP }) => PublicPort > 0 && !IP.includes(':'));
  return {
    name: observed.name,
    service: info.Labels[label.service] === undefined ? '' : serviceOf(observed),
    number: numberOf(observed),
    image: info.Image,
    state: info.State,
    places: places.sort((a, b) => (a.network < b.network ? -1 : 1)),
    ports: ports
      .sort((a, b) => a.PublicPort - b.PublicPort)
      .map(({ IP, PublicPort, PrivatePort, Type }) => {
        const protocol = Type === 'tcp' ? '' : `/${Type}`;
        return `${IP}:${String(PublicPort)} → ${String(PrivatePort)}${protocol}`;
      }),
  };
}

/** Containers on the same networks side by side. */
function byPlace(
  a: PicturedContainer & { number: number },
  b: PicturedContainer & { number: number },
): number {
  const key = ({ places }: PicturedContainer) => places.map(({ network }) => network).join(' ');
  const [one, other] = [`${key(a)} ${a.service}`, `${key(b)} ${b.service}`];
  if (one !== other) return one < other ? -1 : 1;
  return a.number - b.number || (a.name < b.name ? -1 : 1);
}
