import { isIpAddress } from './ip-address.ts';
import * as mistakes from '../errors.ts';
import { clip } from '../text/clip.ts';
import type { Mark } from '../text/source-text.ts';
import { isNull, mapFrom, sequence } from '../tree/node.ts';
import type { Node } from '../tree/node.ts';
import type { Path } from '../tree/rules.ts';
import type { CanonicalContext } from './canonical.ts';
import { scalarText } from './collections.ts';

/** One published port as its long form has it. */
export interface PortEntry {
  readonly hostIp: string;
  readonly published: string;
  readonly target: number;
  readonly protocol: string;
}

/** A whole range of ports is written in one line; this is how many there are. */
const PORT_MAX = 65_535;

/** Each item of `ports` in its long form; a range of container ports becomes one item for each. */
export function portList(node: Node, path: Path, { diagnostics, interpolated }: CanonicalContext): Node {
  if (node.kind !== 'sequence') return isNull(node) ? sequence([], node.mark) : node;
  const items: Node[] = [];
  for (const [index, item] of node.items.entries()) {
    if (item.kind !== 'scalar' || item.value === null || typeof item.value === 'boolean') {
      items.push(item);
      continue;
    }
    const text = scalarText(item.value);
    if (!interpolated && text.includes('$')) {
      items.push(item);
      continue;
    }
    const parsed = parsePorts(text);
    if (typeof parsed === 'string')
      diagnostics.report(badPort(`${path.join('.')}.${String(index)}: ${parsed}`, item.mark), path);
    else items.push(...parsed.map((port) => portNode(port, item)));
  }
  return { ...node, ...sequence(items, node.mark) };
}

/**
 * Parses `[IP:][HOST:]CONTAINER[/PROTOCOL]`, with ranges on both sides. Gives what is wrong as a text.
 * A host range for one container port is kept: any free port of it will do.
 */
export function parsePorts(text: string): PortEntry[] | string {
  const slash = text.indexOf('/');
  const protocol = (slash === -1 ? 'tcp' : text.slice(slash + 1)).toLowerCase();
  const parts = splitAddress(slash === -1 ? text : text.slice(0, slash));
  if (parts === undefined) return `Invalid ip address: ${clip(text)}`;
  const { hostIp, host, container } = parts;
  if (container === '') return 'No port specified: <empty>';
  if (hostIp !== '' && !isIpAddress(hostIp)) return `Invalid ip address: ${clip(hostIp)}`;
  const targets = portRange(container);
  if (targets === undefined) return `Invalid containerPort: ${clip(container)}`;
  const published = host === '' ? undefined : portRange(host);
  if (host !== '' && published === undefined) return `Invalid hostPort: ${clip(host)}`;
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) return `Invalid proto: ${clip(protocol)}`;
  return pairPorts({ hostIp, protocol, targets, published, texts: { host, container } });
}

interface Range {
  readonly first: number;
  readonly last: number;
}

function pairPorts({
  hostIp,
  protocol,
  targets,
  published,
  texts,
}: {
  hostIp: string;
  protocol: string;
  targets: Range;
  published: Range | undefined;
  texts: { host: string; container: string };
}): PortEntry[] | string {
  const count = targets.last - targets.first + 1;
  const hostCount = published === undefined ? 0 : published.last - published.first + 1;
  if (published !== undefined && hostCount !== count && count !== 1) {
    return `Invalid ranges specified for container and host Ports: ${texts.container} and ${texts.host}`;
  }
  const entries: PortEntry[] = [];
  for (let offset = 0; offset < count; offset += 1) {
    const host =
      published === undefined
        ? ''
        : count === 1 && hostCount > 1
          ? rangeText(published)
          : String(published.first + offset);
    entries.push({ hostIp, protocol, target: targets.first + offset, published: host });
  }
  return entries;
}

/** The container port is behind the last colon, the host port before it; all in front is the address. */
function splitAddress(text: string): { hostIp: string; host: string; container: string } | undefined {
  const bracket = /^\[([^\]]*)\]:(.*)$/.exec(text);
  if (bracket !== null) {
    const [host, container, ...more] = (bracket[2] ?? '').split(':');
    if (more.length > 0) return undefined;
    return container === undefined
      ? { hostIp: bracket[1] ?? '', host: '', container: host ?? '' }
      : { hostIp: bracket[1] ?? '', host: host ?? '', container };
  }
  const parts = text.split(':');
  const container = parts.pop() ?? '';
  const host = parts.pop() ?? '';
  return { hostIp: parts.join(':'), host, container };
}

function portRange(text: string): Range | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return last > PORT_MAX || first > last ? undefined : { first, last };
}

function rangeText({ first, last }: Range): string {
  return `${String(first)}-${String(last)}`;
}

function portNode({ hostIp, published, target, protocol }: PortEntry, from: Node): Node {
  const values = {
    mode: 'ingress',
    ...(hostIp !== '' && { host_ip: hostIp }),
    target,
    ...(published !== '' && { published }),
    protocol,
  };
  return { ...mapFrom(values, from.mark), variables: from.variables };
}

function badPort(message: string, mark: Mark): ReturnType<typeof mistakes.badValue> {
  return {
    ...mistakes.badValue({
      message,
      mark,
      hint: 'write `[IP:][HOST:]CONTAINER[/tcp|udp|sctp]`, such as "127.0.0.1:8080:80"',
    }),
    code: 'COMPOSE_PORT',
  };
}
