import { AF_INET, AF_NETLINK, isErrno, SOCK_CLOEXEC, SOCK_RAW, systemCall } from './kernel.ts';
import type { CallDescription } from './kernel.ts';
import { inNetworkNamespace } from './namespaces.ts';
import {
  attribute,
  decodeAck,
  decodeAttributes,
  decodeMessages,
  decodeText,
  encodeMessage,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  type NetlinkMessage,
} from './netlink-wire.ts';

/** One IPv4 table of nf_tables with its chains and rules, in the kernel's own words. */
export interface PacketTableCopy {
  readonly name: string;
  /** What makes each chain, and then each rule. */
  readonly chains: readonly Buffer[];
  readonly rules: readonly Buffer[];
}

/**
 * Reads the only table of a network namespace. `undefined` when it has none or several, or when this kernel has no
 * nf_tables.
 */
export function copyPacketTable(netns: string): PacketTableCopy | undefined {
  return withSocket(netns, (fd) => {
    const tables = dump(fd, NFT_MSG_GETTABLE);
    const name = decodeText(decodeAttributes(tables[0] ?? Buffer.alloc(0)).get(NAME_OF_TABLE));
    if (tables.length !== 1 || name === '') return undefined;
    return {
      name,
      chains: dump(fd, NFT_MSG_GETCHAIN).map((chain) => only(chain, CHAIN_ATTRIBUTES)),
      rules: dump(fd, NFT_MSG_GETRULE).map((rule) => only(rule, RULE_ATTRIBUTES)),
    };
  });
}

/**
 * Makes such a table in another network namespace, all of it or nothing. False when the kernel refuses: one of that
 * name is there already, or a rule needs to be told more than it tells itself.
 */
export function pastePacketTable({ name, chains, rules }: PacketTableCopy, netns: string): boolean {
  const table = attribute(NAME_OF_TABLE, name);
  const changes = [
    { kind: NFT_MSG_NEWTABLE, flags: NLM_F_CREATE | NLM_F_EXCL, attributes: table },
    ...chains.map((attributes) => ({ kind: NFT_MSG_NEWCHAIN, flags: NLM_F_CREATE, attributes })),
    ...rules.map((attributes) => ({ kind: NFT_MSG_NEWRULE, flags: NLM_F_CREATE | NLM_F_APPEND, attributes })),
  ];
  const last = changes.length;
  const messages = changes.map(({ kind, flags, attributes }, index) =>
    // Errors come in any case; that all went well is said once.
    message(kind, { flags: flags | (index + 1 === last ? NLM_F_ACK : 0), sequence: index + 1, attributes }),
  );
  const isDone = withSocket(netns, (fd) => {
    send(fd, [batchEdge(NFNL_MSG_BATCH_BEGIN, 0), ...messages, batchEdge(NFNL_MSG_BATCH_END, last + 1)]);
    return isAcknowledged(fd, last);
  });
  return isDone ?? false;
}

const NETLINK_NETFILTER = 12;
const NFNL_SUBSYS_NFTABLES = 10;
const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;
const NFT_MSG_NEWTABLE = 0;
const NFT_MSG_GETTABLE = 1;
const NFT_MSG_NEWCHAIN = 3;
const NFT_MSG_GETCHAIN = 4;
const NFT_MSG_NEWRULE = 6;
const NFT_MSG_GETRULE = 7;
const NLM_F_APPEND = 0x800;
const NAME_OF_TABLE = 1;
/** Table, name, hook, policy, type: without the handle and the number of users, which the kernel gives. */
const CHAIN_ATTRIBUTES: ReadonlySet<number> = new Set([1, 3, 4, 5, 7]);
/** Table, chain, expressions, user data: without the handle and the position. */
const RULE_ATTRIBUTES: ReadonlySet<number> = new Set([1, 2, 4, 7]);
const TYPE_MASK = 0x3fff;
/** struct nfgenmsg */
const GENERIC_HEADER_LENGTH = 4;
const DATAGRAM_BYTES = 1 << 16;
const DESCRIPTION: CallDescription = {
  doing: 'copy packet rules',
  command: 'nft list ruleset',
};

function withSocket<T>(netns: string, work: (fd: number) => T): T | undefined {
  let fd: number;
  try {
    fd = inNetworkNamespace(netns, () =>
      systemCall('socket', [AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER], DESCRIPTION),
    );
  } catch (error) {
    if (isErrno(error, 'EPROTONOSUPPORT', 'EAFNOSUPPORT')) return undefined;
    throw error;
  }
  try {
    return work(fd);
  } finally {
    systemCall('close', [fd], DESCRIPTION);
  }
}

function message(
  kind: number,
  { flags, sequence, attributes }: { flags: number; sequence: number; attributes: Buffer },
): NetlinkMessage {
  const header = Buffer.from([AF_INET, 0, 0, 0]);
  const type = (NFNL_SUBSYS_NFTABLES << 8) | kind;
  return { type, flags: NLM_F_REQUEST | flags, sequence, body: Buffer.concat([header, attributes]) };
}

function batchEdge(type: number, sequence: number): NetlinkMessage {
  return { type, flags: NLM_F_REQUEST, sequence, body: Buffer.from([0, 0, 0, NFNL_SUBSYS_NFTABLES]) };
}

/** The attributes of every object of a kind; none when the kernel refuses to tell. */
function dump(fd: number, kind: number): Buffer[] {
  send(fd, [message(kind, { flags: NLM_F_DUMP, sequence: kind, attributes: Buffer.alloc(0) })]);
  const objects: Buffer[] = [];
  for (;;) {
    for (const { type, body } of receive(fd)) {
      if (type === NLMSG_DONE || type === NLMSG_ERROR) return objects;
      objects.push(Buffer.from(body.subarray(GENERIC_HEADER_LENGTH)));
    }
  }
}

/** Those attributes whose types are named, byte for byte. */
function only(attributes: Buffer, types: ReadonlySet<number>): Buffer {
  const kept: Buffer[] = [];
  let at = 0;
  while (at + 4 <= attributes.length) {
    const length = (Math.max(4, attributes.readUInt16LE(at)) + 3) & ~3;
    if (types.has(attributes.readUInt16LE(at + 2) & TYPE_MASK))
      kept.push(attributes.subarray(at, at + length));
    at += length;
  }
  return Buffer.concat(kept);
}

function isAcknowledged(fd: number, last: number): boolean {
  for (;;) {
    for (const answer of receive(fd)) {
      if (answer.type !== NLMSG_ERROR) continue;
      if (decodeAck(answer).errno !== 0) return false;
      if (answer.sequence === last) return true;
    }
  }
}

function send(fd: number, messages: readonly NetlinkMessage[]): void {
  const data = Buffer.concat(messages.map(encodeMessage));
  systemCall('send', [fd, data, data.length, 0], DESCRIPTION);
}

function receive(fd: number): NetlinkMessage[] {
  const buffer = Buffer.alloc(DATAGRAM_BYTES);
  for (;;) {
    try {
      const length = systemCall('recv', [fd, buffer, buffer.length, 0], DESCRIPTION);
      return decodeMessages(buffer.subarray(0, length));
    } catch (error) {
      if (!isErrno(error, 'EINTR')) throw error;
    }
  }
}
