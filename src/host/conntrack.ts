import { AF_INET, AF_INET6, isErrno } from './kernel.ts';
import { formatWireAddress } from './netlink-addresses.ts';
import { withNetfilter, type NetlinkSocket } from './netlink-socket.ts';
import { attribute, decodeAttributes, nested } from './netlink-wire.ts';

/** One direction of a connection that the kernel tracks. */
export interface FlowSide {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** A connection as its first packet was, and as answers come: they differ by what was translated. */
export interface Flow {
  readonly original: FlowSide;
  readonly reply: FlowSide;
}

/**
 * Makes the kernel forget UDP flows whose first packet went to a port, where `isWanted` says so, so that their next packet
 * is judged by the rules of today. Returns how many; none where the kernel does not track connections.
 */
export function forgetUdpFlows(
  to: { readonly family: 'ipv4' | 'ipv6'; readonly port: number },
  isWanted: (flow: Flow) => boolean,
): number {
  const family = to.family === 'ipv4' ? AF_INET : AF_INET6;
  try {
    return withNetfilter((socket) => {
      const found = list(socket, family, to.port).filter(({ flow }) => isWanted(flow));
      for (const { key } of found) remove(socket, family, key);
      return found.length;
    });
  } catch (error) {
    if (isErrno(error, 'EINVAL', 'EOPNOTSUPP', 'EPROTONOSUPPORT')) return 0;
    throw error;
  }
}

interface Entry {
  readonly flow: Flow;
  /** What names it to the kernel. */
  readonly key: Buffer;
}

/** The kernel leaves out other protocols and ports; one older than 5.8 does not, so they are left out here too. */
function list(socket: NetlinkSocket, family: number, port: number): Entry[] {
  const number = Buffer.alloc(2);
  number.writeUInt16BE(port);
  const protocol = [
    attribute(CTA_PROTO_NUM, Buffer.from([IPPROTO_UDP])),
    attribute(CTA_PROTO_DST_PORT, number),
  ];
  const body = Buffer.concat([
    header(family),
    nested(CTA_TUPLE_ORIG, [nested(CTA_TUPLE_PROTO, protocol)]),
    nested(CTA_FILTER, [attribute(CTA_FILTER_ORIG_FLAGS, FILTER_BY_PROTOCOL_AND_PORT)]),
  ]);
  return socket
    .dump({ type: CT_GET, body, what: 'connections' })
    .flatMap(decode)
    .filter(({ flow }) => flow.original.destinationPort === port);
}

function remove(socket: NetlinkSocket, family: number, key: Buffer): void {
  socket.change({
    type: CT_DELETE,
    body: Buffer.concat([header(family), nested(CTA_TUPLE_ORIG, [key])]),
    tolerated: ['ENOENT'],
    doing: 'forget a UDP flow',
    command: 'conntrack -D',
  });
}

function decode(body: Buffer): Entry[] {
  const attributes = decodeAttributes(body.subarray(HEADER_LENGTH));
  const key = attributes.get(CTA_TUPLE_ORIG);
  const original = side(key);
  const reply = side(attributes.get(CTA_TUPLE_REPLY));
  return key && original && reply ? [{ flow: { original, reply }, key }] : [];
}

function side(tuple: Buffer | undefined): FlowSide | undefined {
  if (!tuple) return undefined;
  const parts = decodeAttributes(tuple);
  const ip = decodeAttributes(parts.get(CTA_TUPLE_IP) ?? Buffer.alloc(0));
  const protocol = decodeAttributes(parts.get(CTA_TUPLE_PROTO) ?? Buffer.alloc(0));
  const source = ip.get(CTA_IP_V4_SRC) ?? ip.get(CTA_IP_V6_SRC);
  const destination = ip.get(CTA_IP_V4_DST) ?? ip.get(CTA_IP_V6_DST);
  if (protocol.get(CTA_PROTO_NUM)?.[0] !== IPPROTO_UDP || !source || !destination) return undefined;
  return {
    source: formatWireAddress(source),
    destination: formatWireAddress(destination),
    sourcePort: protocol.get(CTA_PROTO_SRC_PORT)?.readUInt16BE(0) ?? 0,
    destinationPort: protocol.get(CTA_PROTO_DST_PORT)?.readUInt16BE(0) ?? 0,
  };
}

/** struct nfgenmsg */
function header(family: number): Buffer {
  return Buffer.from([family, 0, 0, 0]);
}

const HEADER_LENGTH = 4;
const IPPROTO_UDP = 17;
const CTNETLINK = 1 << 8;
const CT_GET = CTNETLINK | 1;
const CT_DELETE = CTNETLINK | 2;
const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_REPLY = 2;
const CTA_FILTER = 25;
const CTA_FILTER_ORIG_FLAGS = 1;
/** CTA_FILTER_F_CTA_PROTO_NUM and CTA_FILTER_F_CTA_PROTO_DST_PORT */
const FILTER_BY_PROTOCOL_AND_PORT = (1 << 3) | (1 << 5);
const CTA_TUPLE_IP = 1;
const CTA_TUPLE_PROTO = 2;
const CTA_IP_V4_SRC = 1;
const CTA_IP_V4_DST = 2;
const CTA_IP_V6_SRC = 3;
const CTA_IP_V6_DST = 4;
const CTA_PROTO_NUM = 1;
const CTA_PROTO_SRC_PORT = 2;
const CTA_PROTO_DST_PORT = 3;
