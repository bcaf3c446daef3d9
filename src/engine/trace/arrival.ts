import { ipKey } from '../../host/ip-bytes.ts';
import { ANY_IPV4_KEY, ANY_IPV6_KEY, type OpenSocket } from '../../host/open-sockets.ts';
import type { ContainerRecord } from '../../model/container.ts';
import { startCommand } from './parties.ts';
import { placeText, type Target } from './target.ts';
import type { Trail } from './trail.ts';
import type { Place, TraceWorld } from './world.ts';

/** Where a packet comes in. */
export interface Arrival {
  readonly place: Place;
  readonly title: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: Target['protocol'];
  readonly container?: ContainerRecord;
}

/** Whether somebody listens there. */
export async function arrive(world: TraceWorld, arrival: Arrival, trail: Trail): Promise<boolean> {
  const { title, address, port, protocol } = arrival;
  const where = placeText(address, port);
  const listening = (await world.sockets(arrival.place, protocol)).filter((socket) => socket.isListening);
  const here = listening.filter((socket) => socket.port === port);
  const found = here.find((socket) => takes(socket, address));
  if (found) {
    trail.step('arrive', `${title} listens on ${placeText(textOf(found.addressKey), port)}/${protocol}`);
    return true;
  }
  if (here.length > 0) {
    const on = here.map((socket) => placeText(textOf(socket.addressKey), port)).join(', ');
    return trail.end('arrive', `${title} listens on ${on} only`, {
      reason: `${title} does not listen on ${where}.`,
      remedies: [{ text: `make its program listen on ${address.includes(':') ? '::' : '0.0.0.0'}:${port}` }],
    });
  }
  const outward = listening.filter((socket) => !isLoopbackKey(socket.addressKey));
  const others = [...new Set(outward.map((socket) => socket.port))].sort((a, b) => a - b);
  const ports = others.length > 0 ? others.slice(0, PORTS_SHOWN).join(', ') : 'nothing';
  return trail.end('arrive', `nothing listens on ${where}/${protocol} in ${title}`, {
    reason: `nothing listens on ${where}.`,
    notes: [`${title} listens on: ${ports}`],
    remedies: remediesFor(arrival, others),
  });
}

const PORTS_SHOWN = 8;

function remediesFor(
  { container, port }: Arrival,
  others: readonly number[],
): { text: string; command?: string }[] {
  const [only] = others;
  if (others.length === 1 && only !== undefined) return [{ text: `use port ${only} instead of ${port}` }];
  if (!container) return [{ text: `start a program that listens on port ${port}` }];
  if (container.state.status !== 'running') return [{ text: 'start it', command: startCommand(container) }];
  return [
    {
      text: `see why its program does not listen on port ${port}`,
      command: `berth logs ${container.spec.labels['com.docker.compose.service'] ?? container.spec.name}`,
    },
  ];
}

function takes(socket: OpenSocket, address: string): boolean {
  const wanted = ipKey(address) ?? '';
  const key = withoutMapping(socket.addressKey);
  // A socket on `::` takes IPv4 as well, as nearly every program opens it.
  if (key === ANY_IPV6_KEY || key === wanted) return true;
  return key === ANY_IPV4_KEY && wanted.length === key.length;
}

/** The resolver of a container listens there, and nothing that others could use. */
function isLoopbackKey(key: string): boolean {
  return withoutMapping(key).startsWith('7f') && withoutMapping(key).length === 8;
}

function withoutMapping(key: string): string {
  return key.startsWith(MAPPED_PREFIX) ? key.slice(MAPPED_PREFIX.length) : key;
}

const MAPPED_PREFIX = '00000000000000000000ffff';

/** `0.0.0.0`, `::1`: an address from its digits. */
function textOf(key: string): string {
  const short = withoutMapping(key);
  if (short.length === 8) return [...Buffer.from(short, 'hex')].join('.');
  if (short === ANY_IPV6_KEY) return '::';
  const groups = (short.match(/.{4}/g) ?? []).map((group) => group.replace(/^0{1,3}/, ''));
  return groups.join(':').replace(/(?:^|:)0(?::0)+(?:$|:)/, '::');
}
