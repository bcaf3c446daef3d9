import { ipKey } from '../../host/ip-bytes.ts';
import { ANY_IPV4_KEY, ANY_IPV6_KEY, openSockets, processWithSocket } from '../../host/open-sockets.ts';
import type { OpenSocket, ProcessFacts } from '../../host/open-sockets.ts';
import type { Protocol } from '../../model/network.ts';

/** An address and port that somebody wants or has. */
export interface PortPlace {
  readonly protocol: Protocol;
  readonly hostIp: string;
  readonly hostPort: number;
}

/** Who has the port that could not be had. `undefined`: nobody that can be seen. Reads /proc. */
export async function findHolder(place: PortPlace): Promise<ProcessFacts | undefined> {
  if (place.protocol === 'sctp') return undefined;
  const sockets = await openSockets(place.protocol);
  for (const { inode } of socketsInTheWay(sockets, place)) {
    const holder = await processWithSocket(inode);
    if (holder) return holder;
  }
  return undefined;
}

/** The sockets that keep others from a place, the likeliest first. Pure. */
export function socketsInTheWay(sockets: readonly OpenSocket[], place: PortPlace): readonly OpenSocket[] {
  const wanted = ipKey(place.hostIp) ?? '';
  return sockets
    .filter((socket) => socket.inode !== 0 && socket.port === place.hostPort)
    .filter((socket) => addressesMeet(socket.addressKey, wanted))
    .sort((one, other) => Number(other.isListening) - Number(one.isListening));
}

/** One holder in words, for the end of an error message: `node server.js (pid 4211, in /srv/app)`. */
export function describeHolder(holder: ProcessFacts): string {
  const command =
    holder.command.length > COMMAND_LENGTH_MAX
      ? `${holder.command.slice(0, COMMAND_LENGTH_MAX - 1)}…`
      : holder.command;
  const where = holder.cwd === undefined || holder.cwd === '/' ? '' : `, in ${holder.cwd}`;
  return `${command} (pid ${holder.pid}${where})`;
}

const COMMAND_LENGTH_MAX = 120;
const MAPPED_PREFIX = '00000000000000000000ffff';

/** Any address meets all of its family; `::` meets IPv4 as well, as most programs open it for both. */
function addressesMeet(held: string, wanted: string): boolean {
  const heldShort = held.startsWith(MAPPED_PREFIX) ? held.slice(MAPPED_PREFIX.length) : held;
  if (heldShort === wanted || heldShort === ANY_IPV6_KEY) return true;
  const sameFamily = heldShort.length === wanted.length;
  return sameFamily && (heldShort === ANY_IPV4_KEY || wanted === ANY_IPV4_KEY || wanted === ANY_IPV6_KEY);
}
