import type Docker from 'dockerode';
import type { ContainerRecord } from '../../model/container.ts';
import type { PortRequest, Protocol, PublishedPort } from '../../model/network.ts';
import { badRequest } from '../errors.ts';
import type { BodyReader } from './body-reader.ts';

const PROTOCOLS: readonly string[] = ['tcp', 'udp', 'sctp'] satisfies Protocol[];

/** A port as Docker's maps name it: `80/tcp`; without a protocol it is TCP. */
export function parsePort(text: string): { port: number; protocol: Protocol } {
  const match = /^(\d{1,5})(?:\/(\w+))?$/.exec(text);
  const protocol = (match?.[2] ?? 'tcp').toLowerCase();
  const port = Number(match?.[1] ?? NaN);
  if (!(port >= 1 && port <= 65535) || !PROTOCOLS.includes(protocol)) {
    throw badRequest(`invalid port specification: "${text}"`);
  }
  return { port, protocol: protocol as Protocol };
}

/** `HostConfig.PortBindings`. A port whose list is empty is not published. */
export function portRequests(hostConfig: BodyReader): readonly PortRequest[] {
  const ports = hostConfig.object('PortBindings');
  return ports.names().flatMap((name) => {
    const { port, protocol } = parsePort(name);
    return ports.objects(name).map((binding) => ({
      containerPort: port,
      protocol,
      hostIp: binding.text('HostIp'),
      ...hostPorts(hostPortText(binding)),
    }));
  });
}

/** Some clients send numbers where Docker has texts. */
function hostPortText(binding: BodyReader): string {
  const value = binding.raw('HostPort');
  return typeof value === 'number' ? String(value) : binding.text('HostPort');
}

function hostPorts(text: string): { hostPort: number; hostPortEnd: number } {
  if (text === '') return { hostPort: 0, hostPortEnd: 0 };
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const hostPort = Number(match?.[1] ?? NaN);
  const hostPortEnd = Number(match?.[2] ?? hostPort);
  if (!(hostPort <= hostPortEnd && hostPortEnd <= 65535)) {
    throw badRequest(`invalid port specification: "${text}"`);
  }
  return { hostPort, hostPortEnd };
}

/** `HostConfig.PortBindings` again, as it was asked for. */
export function portBindings(requests: readonly PortRequest[]): Docker.PortMap {
  const bindings: Docker.PortMap = {};
  for (const { containerPort, protocol, hostIp, hostPort, hostPortEnd } of requests) {
    const end = hostPortEnd > hostPort ? `-${hostPortEnd}` : '';
    const HostPort = hostPort === 0 ? '' : `${hostPort}${end}`;
    (bindings[`${containerPort}/${protocol}`] ??= []).push({ HostIp: hostIp, HostPort });
  }
  return bindings;
}

/** `NetworkSettings.Ports`: every exposed port, with its bindings or null, while the container can be reached. */
export function portMap(container: ContainerRecord): Record<string, Required<Docker.PortBinding>[] | null> {
  const map: Record<string, Required<Docker.PortBinding>[] | null> = {};
  for (const port of exposedOf(container)) map[port] = null;
  for (const port of publishedOf(container)) {
    const bindings = (map[`${port.containerPort}/${port.protocol}`] ??= []);
    bindings.push({ HostIp: shownIp(port.hostIp), HostPort: String(port.hostPort) });
  }
  return map;
}

/** A row of the port list of `GET /containers/json`: exposed ports have no address and no public port. */
export type PortRow = Pick<Docker.Port, 'PrivatePort' | 'Type'> & Partial<Docker.Port>;

/** Sorted by private port, address, public port, protocol. */
export function portList(container: ContainerRecord): PortRow[] {
  const published = publishedOf(container).map(({ hostIp, hostPort, containerPort, protocol }) => ({
    IP: shownIp(hostIp),
    PrivatePort: containerPort,
    PublicPort: hostPort,
    Type: protocol,
  }));
  const taken = new Set(published.map((row) => `${row.PrivatePort}/${row.Type}`));
  const exposed = exposedOf(container)
    .filter((port) => !taken.has(port))
    .map((port) => ({ PrivatePort: Number.parseInt(port, 10), Type: port.split('/')[1] ?? 'tcp' }));
  return [...published, ...exposed].toSorted(comparePorts);
}

function comparePorts(one: PortRow, other: PortRow): number {
  return (
    one.PrivatePort - other.PrivatePort ||
    compareTexts(one.IP ?? '', other.IP ?? '') ||
    (one.PublicPort ?? 0) - (other.PublicPort ?? 0) ||
    compareTexts(one.Type, other.Type)
  );
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** Not those of a container that is stopped, or on no network, or on internal ones alone: as Docker has it. */
function exposedOf({ process, state, endpoints }: ContainerRecord): readonly string[] {
  const hasGateway = endpoints.some((endpoint) => endpoint.ipv4Gateway !== '' || endpoint.ipv6Gateway !== '');
  return hasGateway && isUp(state.status) ? process.exposedPorts : [];
}

function publishedOf({ publishedPorts, state }: ContainerRecord): readonly PublishedPort[] {
  return isUp(state.status) ? publishedPorts : [];
}

function isUp(status: string): boolean {
  return ['running', 'paused', 'restarting'].includes(status);
}

function shownIp(hostIp: string): string {
  return hostIp === '' ? '0.0.0.0' : hostIp;
}
