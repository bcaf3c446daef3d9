import type { Socket } from 'node:net';
import { adoptSocket } from './adopted-socket.ts';
import { AF_NETLINK, isErrno, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW, systemCall } from './kernel.ts';
import { decodeAttributes, decodeMessages, decodeText } from './netlink-wire.ts';

export interface PacketRulesWatch {
  close(): void;
}

/** Which rules are concerned: those of the iptables programs, or firewalld's own. */
export type RulesOwner = 'iptables' | 'firewalld';

/**
 * Calls `lost` whenever somebody deletes rules, chains or a whole table that the iptables programs use (`iptables -F`,
 * `nft flush ruleset`), this process's own changes included, and when firewalld makes its table, anew or again. The
 * kernel says it, so that waiting costs nothing. `undefined` where the kernel has no nf_tables. It does not keep the
 * process alive.
 * @see https://wiki.nftables.org: nfnetlink, group NFNLGRP_NFTABLES.
 */
export function watchPacketRules(lost: (of: RulesOwner) => void): PacketRulesWatch | undefined {
  const fd = openSocket();
  if (fd === undefined) return undefined;
  let socket = adoptSocket(fd);
  let isClosed = false;
  const listen = (): void => {
    socket.unref();
    socket.on('data', (data: Buffer) => {
      for (const owner of lossesIn(data)) lost(owner);
    });
    // More was said than the buffer held: what was missed may have been a loss.
    socket.on('error', () => socket.destroy());
    socket.on('close', reopen);
  };
  const reopen = (): void => {
    const next = isClosed ? undefined : openSocket();
    if (next === undefined) return;
    socket = adoptSocket(next);
    listen();
    lost('firewalld');
    lost('iptables');
  };
  listen();
  return {
    close: () => {
      isClosed = true;
      endOf(socket);
    },
  };
}

/** Whose rules one datagram of the group says to be gone, or to stand afresh. */
export function lossesIn(data: Buffer): ReadonlySet<RulesOwner> {
  const owners = decodeMessages(data).flatMap(({ type, body }): RulesOwner[] => {
    if (!CHANGES.has(type)) return [];
    // The first attribute of a table, a chain and a rule is the table's name.
    const table = decodeText(decodeAttributes(body.subarray(GENERIC_HEADER_LENGTH)).get(1));
    if (table === 'firewalld') return TABLE_CHANGES.has(type) ? ['firewalld'] : [];
    return DELETIONS.has(type) && TABLES.has(table) ? ['iptables'] : [];
  });
  return new Set(owners);
}

const NETLINK_NETFILTER = 12;
const NFNLGRP_NFTABLES = 7;
const NFNL_SUBSYS_NFTABLES = 10;
const NFT_MSG_NEWTABLE = 0;
const NFT_MSG_DELTABLE = 2;
const NFT_MSG_DELCHAIN = 5;
const NFT_MSG_DELRULE = 8;
const typeOf = (kind: number): number => (NFNL_SUBSYS_NFTABLES << 8) | kind;
const DELETIONS = new Set([NFT_MSG_DELTABLE, NFT_MSG_DELCHAIN, NFT_MSG_DELRULE].map(typeOf));
const TABLE_CHANGES = new Set([NFT_MSG_NEWTABLE, NFT_MSG_DELTABLE].map(typeOf));
const CHANGES = new Set([...DELETIONS, ...TABLE_CHANGES]);
const TABLES = new Set(['raw', 'nat', 'filter']);
/** struct nfgenmsg */
const GENERIC_HEADER_LENGTH = 4;
const DESCRIPTION = { doing: 'watch the packet rules', command: 'nft monitor' };

function openSocket(): number | undefined {
  try {
    const kind = SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC;
    const fd = systemCall('socket', [AF_NETLINK, kind, NETLINK_NETFILTER], DESCRIPTION);
    const address = Buffer.alloc(12);
    address.writeUInt16LE(AF_NETLINK, 0);
    address.writeUInt32LE(1 << (NFNLGRP_NFTABLES - 1), 8);
    try {
      systemCall('bind', [fd, address, address.length], DESCRIPTION);
    } catch (error) {
      systemCall('close', [fd], DESCRIPTION);
      throw error;
    }
    return fd;
  } catch (error) {
    if (isErrno(error, 'EPROTONOSUPPORT', 'EAFNOSUPPORT', 'EPERM', 'ENOENT')) return undefined;
    throw error;
  }
}

function endOf(socket: Socket): void {
  socket.removeAllListeners('data');
  socket.destroy();
}
