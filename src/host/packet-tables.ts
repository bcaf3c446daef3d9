import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  isErrno,
  SOCK_CLOEXEC,
  SOCK_RAW,
  systemCall,
  type CallDescription,
} from './kernel.ts';
import { inNetworkNamespace } from './namespaces.ts';
import {
  attribute,
  decodeAck,
  decodeAttributes,
  decodeMessages,
  encodeMessage,
  NLM_F_ACK,
  NLM_F_REQUEST,
  NLMSG_ERROR,
  type NetlinkMessage,
} from './netlink-wire.ts';

/** Tables of packet rules, as `nft` sees those that iptables makes. */
export interface PacketTables {
  readonly family: 'ipv4' | 'ipv6';
  readonly names: readonly string[];
  /** Path of a network namespace; undefined: the own one. */
  readonly netns?: string | undefined;
}

/**
 * The generation of the rules: a number that every change of any rule moves on. Undefined where the kernel has no
 * nf_tables.
 */
export function rulesGeneration(netns: string | undefined): number | undefined {
  return withSocket(netns, (fd) => {
    send(fd, [message(NFT_MSG_GETGEN, { family: 0, sequence: 1, flags: 0, attributes: [] })]);
    const answer = receive(fd).find(({ type }) => type === nftType(NFT_MSG_NEWGEN));
    const id = answer && decodeAttributes(answer.body.subarray(GENERIC_HEADER_LENGTH)).get(NFTA_GEN_ID);
    return id?.readUInt32BE(0);
  });
}

/**
 * Deletes tables with all in them, together, if no rule of the machine has changed since `generation`. False when
 * one has, or when a table is not there: then nothing is deleted.
 */
export function deleteTables({ family, names, netns }: PacketTables, generation: number): boolean {
  const wire = family === 'ipv4' ? AF_INET : AF_INET6;
  const id = Buffer.alloc(4);
  id.writeUInt32BE(generation);
  const deletions = names.map((name, index) => {
    const attributes = [attribute(NFTA_TABLE_NAME, name)];
    return message(NFT_MSG_DELTABLE, { family: wire, sequence: index + 2, flags: NLM_F_ACK, attributes });
  });
  return (
    withSocket(netns, (fd) => {
      send(fd, [
        batch(NFNL_MSG_BATCH_BEGIN, 1, [attribute(NFNL_BATCH_GENID, id)]),
        ...deletions,
        batch(NFNL_MSG_BATCH_END, names.length + 2, []),
      ]);
      return receiveAcks(fd, names.length).every((errno) => errno === 0);
    }) ?? false
  );
}

const NETLINK_NETFILTER = 12;
const NFNL_SUBSYS_NFTABLES = 10;
const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;
const NFNL_BATCH_GENID = 1;
const NFT_MSG_DELTABLE = 2;
const NFT_MSG_NEWGEN = 15;
const NFT_MSG_GETGEN = 16;
const NFTA_TABLE_NAME = 1;
const NFTA_GEN_ID = 1;
/** struct nfgenmsg */
const GENERIC_HEADER_LENGTH = 4;
const DATAGRAM_BYTES = 1 << 16;
const DESCRIPTION: CallDescription = {
  doing: 'talk to the kernel about packet rules',
  command: 'nft list tables',
};

function nftType(kind: number): number {
  return (NFNL_SUBSYS_NFTABLES << 8) | kind;
}

function message(
  kind: number,
  part: { family: number; sequence: number; flags: number; attributes: readonly Buffer[] },
): NetlinkMessage {
  const header = Buffer.from([part.family, 0, 0, 0]);
  const body = Buffer.concat([header, ...part.attributes]);
  return { type: nftType(kind), flags: NLM_F_REQUEST | part.flags, sequence: part.sequence, body };
}

function batch(type: number, sequence: number, attributes: readonly Buffer[]): NetlinkMessage {
  const header = Buffer.from([0, 0, 0, NFNL_SUBSYS_NFTABLES]);
  return { type, flags: NLM_F_REQUEST, sequence, body: Buffer.concat([header, ...attributes]) };
}

/**
 * The socket to the own namespace stays: the kernel lets go of one only when nobody can see any more what was deleted
 * before, tens of milliseconds in which this thread would stand still.
 */
let ownSocket: number | undefined;

function withSocket<T>(netns: string | undefined, work: (fd: number) => T): T | undefined {
  const fd = netns === undefined ? (ownSocket ??= openSocket(netns)) : openSocket(netns);
  if (fd === undefined) return undefined;
  try {
    return work(fd);
  } finally {
    if (fd !== ownSocket) systemCall('close', [fd], DESCRIPTION);
  }
}

function openSocket(netns: string | undefined): number | undefined {
  try {
    return inNetworkNamespace(netns, () =>
      systemCall('socket', [AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER], DESCRIPTION),
    );
  } catch (error) {
    if (isErrno(error, 'EPROTONOSUPPORT', 'EAFNOSUPPORT')) return undefined;
    throw error;
  }
}

function send(fd: number, messages: readonly NetlinkMessage[]): void {
  const data = Buffer.concat(messages.map(encodeMessage));
  systemCall('send', [fd, data, data.length, 0], DESCRIPTION);
}

function receive(fd: number): NetlinkMessage[] {
  const buffer = Buffer.alloc(DATAGRAM_BYTES);
  const length = systemCall('recv', [fd, buffer, buffer.length, 0], DESCRIPTION);
  return decodeMessages(buffer.subarray(0, length));
}

/** One acknowledgement for each deletion; an error of the batch itself stands for all of them. */
function receiveAcks(fd: number, count: number): number[] {
  const errnos: number[] = [];
  while (errnos.length < count) {
    const acks = receive(fd).filter(({ type }) => type === NLMSG_ERROR);
    errnos.push(...acks.map((ack) => decodeAck(ack).errno));
    if (errnos.some((errno) => errno !== 0)) return errnos;
  }
  return errnos;
}
