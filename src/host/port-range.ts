import { readText } from './files.ts';

/** First and last port, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** The ports that the kernel gives out by itself, of the engine's network namespace. */
export function localPortRange(): PortRange {
  const [first, last] = (readText(`${IPV4}/ip_local_port_range`) ?? '').trim().split(/\s+/).map(Number);
  return first !== undefined && last !== undefined && first > 0 && last >= first ? { first, last } : FALLBACK;
}

/** Ports that the administrator keeps free for programs that ask for them by number. */
export function reservedPorts(): ReadonlySet<number> {
  return parsePortList(readText(`${IPV4}/ip_local_reserved_ports`) ?? '');
}

/** `8080,9000-9010` → every port in it. What is no port is passed over. */
export function parsePortList(text: string): ReadonlySet<number> {
  const ports = new Set<number>();
  for (const part of text.trim().split(',')) {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    if (first === undefined) continue;
    const end = Math.min(Number(last ?? first), PORT_MAX);
    for (let port = Number(first); port <= end; port++) ports.add(port);
  }
  return ports;
}

const IPV4 = '/proc/sys/net/ipv4';
const PORT_MAX = 65_535;
/** The range for private use that IANA names. */
const FALLBACK: PortRange = { first: 49_152, last: PORT_MAX };
