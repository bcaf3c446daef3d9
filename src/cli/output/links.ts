import type { PublishedPort, Replica } from '../../stack/ps.ts';
import type { Terminal } from '../context.ts';

/** Container ports that a browser has no use for. */
const notForBrowsers = new Set([
  21, 22, 25, 53, 110, 143, 389, 1433, 1883, 3306, 5432, 5672, 6379, 9042, 11211, 27017,
]);

/** A line for each published TCP port: service, link, from where it is reached. */
export function linkLines(replicas: readonly Replica[], terminal: Terminal): string[] {
  const rows = replicas.flatMap((replica) =>
    distinct(replica.ports.filter(({ hostPort }) => hostPort > 0)).map(
      (port) => [replica.service, linkFor(port), reachOf(port)] as const,
    ),
  );
  const nameWidth = Math.max(0, ...rows.map(([service]) => service.length));
  const linkWidth = Math.max(0, ...rows.map(([, link]) => link.length));
  return rows.map(([service, link, reach]) => {
    const padding = ' '.repeat(linkWidth - link.length);
    return `${service.padEnd(nameWidth)}   ${terminal.colours.link(link)}${padding}   ${reach}`;
  });
}

/** `this machine`, `this machine and LAN`, or the one address. */
export function reachOf({ hostIp, hostPort }: PublishedPort): string {
  if (hostPort === 0) return '';
  if (isEverywhere(hostIp)) return 'this machine and LAN';
  return isLoopback(hostIp) ? 'this machine' : `through ${hostIp}`;
}

export function isEverywhere(hostIp: string): boolean {
  return hostIp === '' || hostIp === '0.0.0.0' || hostIp === '::';
}

function linkFor(port: PublishedPort): string {
  const isV6 = port.hostIp.includes(':');
  const own = isV6 ? `[${port.hostIp}]` : port.hostIp;
  const host = isEverywhere(port.hostIp) || port.hostIp === '127.0.0.1' ? 'localhost' : own;
  const address = `${host}:${port.hostPort}`;
  if (port.protocol !== 'tcp') return `${address}/${port.protocol}`;
  if (notForBrowsers.has(port.containerPort)) return address;
  return `${port.containerPort === 443 || port.containerPort === 8443 ? 'https' : 'http'}://${address}`;
}

function isLoopback(hostIp: string): boolean {
  return hostIp === '::1' || hostIp.startsWith('127.');
}

/** IPv4 and IPv6 wildcards of one port are one link. */
function distinct(ports: readonly PublishedPort[]): PublishedPort[] {
  const byLink = new Map<string, PublishedPort>();
  for (const port of ports) {
    const key = linkFor(port);
    if (!byLink.has(key)) byLink.set(key, port);
  }
  return [...byLink.values()];
}
