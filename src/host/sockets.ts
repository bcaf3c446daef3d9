import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { ipBytes } from './ip-bytes.ts';
import type { Protocol } from '../model/network.ts';
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  isErrno,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SO_REUSEADDR,
  SOL_SOCKET,
  systemCall,
} from './kernel.ts';
import { inNetworkNamespace } from './namespaces.ts';

/** A socket that Node has not adopted yet. Whoever holds it closes it: `closeSocket`, or the adopting handle. */
export interface RawSocket {
  readonly fd: number;
  /** The port it is bound to. */
  readonly port: number;
}

export interface ResolverSockets {
  readonly udpFd: number;
  readonly tcpFd: number;
  readonly udpPort: number;
  readonly tcpPort: number;
}

/**
 * Opens the UDP socket and the listening TCP socket of a resolver inside the network namespace `netns`, in one
 * synchronous turn. A port of 0 (the default), or one that is taken, gives a random one: look at the result.
 * Throws KernelError.
 */
export function openResolverSockets(
  netns: string,
  options: { readonly address: string; readonly udpPort?: number; readonly tcpPort?: number },
): ResolverSockets {
  const { address } = options;
  return inNetworkNamespace(netns, () => {
    const udp = boundNear({ protocol: 'udp', address, port: options.udpPort ?? 0 });
    try {
      const tcp = boundNear({ protocol: 'tcp', address, port: options.tcpPort ?? 0 });
      return { udpFd: udp.fd, udpPort: udp.port, tcpFd: tcp.fd, tcpPort: tcp.port };
    } catch (error) {
      closeSocket(udp.fd);
      throw error;
    }
  });
}

export interface BindRequest {
  readonly protocol: Protocol;
  readonly address: string;
  /** 0: any. */
  readonly port: number;
}

/**
 * Binds a socket in the caller's own network namespace; TCP and SCTP ones listen as well, and the kernel keeps
 * early connections waiting until somebody accepts. An IPv6 socket takes no IPv4. Throws KernelError
 * (EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EPROTONOSUPPORT …).
 */
export function bindSocket(request: BindRequest): RawSocket {
  const { protocol, address, port } = request;
  const fd = newSocket(protocol, address);
  const where = {
    doing: `bind ${protocol} port ${port} of ${address}`,
    command: `ss -lntup sport = :${port}`,
  };
  try {
    if (isIPv6(address)) setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY);
    // Connections of a former listener in TIME_WAIT must not stand in the way. UDP would share the port instead.
    if (protocol !== 'udp') setOption(fd, SOL_SOCKET, SO_REUSEADDR);
    const target = socketAddress(address, port);
    systemCall('bind', [fd, target, target.length], where);
    if (protocol !== 'udp') systemCall('listen', [fd, BACKLOG], where);
    return { fd, port: boundPort(fd) };
  } catch (error) {
    closeSocket(fd);
    throw error;
  }
}

/**
 * A socket of the namespace `netns` (undefined: the caller's own) connected to a remote port. TCP is on its way
 * when this returns: the first read or write tells how it went. Throws KernelError.
 */
export function connectSocket(remote: {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  readonly netns?: string | undefined;
}): number {
  if (remote.netns !== undefined) return inNetworkNamespace(remote.netns, () => connected(remote));
  return connected(remote);
}

/** Sends one datagram on a connected UDP socket, before or after a handle has adopted it. Throws KernelError. */
export function sendDatagram(fd: number, data: Buffer): void {
  systemCall('send', [fd, data, data.length, 0], { doing: 'send a datagram', command: 'ss -nup' });
}

/** Closes a socket that no handle of Node has adopted. */
export function closeSocket(fd: number): void {
  systemCall('close', [fd], { doing: `close descriptor ${fd}`, command: 'true' });
}

/** The kernel cuts it to net.core.somaxconn. */
const BACKLOG = 4096;
const IPPROTO_SCTP = 132;
const SOCKADDR_IN_LENGTH = 16;
const SOCKADDR_IN6_LENGTH = 28;

function boundNear(request: BindRequest): RawSocket {
  try {
    return bindSocket(request);
  } catch (error) {
    if (request.port === 0 || !isErrno(error, 'EADDRINUSE')) throw error;
    return bindSocket({ ...request, port: 0 });
  }
}

function connected(remote: { protocol: 'tcp' | 'udp'; address: string; port: number }): number {
  const { protocol, address, port } = remote;
  const fd = newSocket(protocol, address);
  const target = socketAddress(address, port);
  try {
    systemCall('connect', [fd, target, target.length], {
      doing: `connect to ${address} port ${port}/${protocol}`,
      command: `socat - ${protocol.toUpperCase()}:${address}:${port}`,
    });
  } catch (error) {
    if (isErrno(error, 'EINPROGRESS')) return fd;
    closeSocket(fd);
    throw error;
  }
  return fd;
}

function newSocket(protocol: Protocol, address: string): number {
  const family = isIPv6(address) ? AF_INET6 : AF_INET;
  const kind = (protocol === 'udp' ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  return systemCall('socket', [family, kind, protocol === 'sctp' ? IPPROTO_SCTP : 0], {
    doing: `make a ${protocol} socket for ${address}`,
    command: 'ss -s',
  });
}

function setOption(fd: number, level: number, option: number): void {
  const on = Buffer.alloc(4);
  on.writeInt32LE(1);
  systemCall('setsockopt', [fd, level, option, on, on.length], {
    doing: `set option ${option} of a socket`,
    command: 'ss -s',
  });
}

/** A `struct sockaddr_in` or `sockaddr_in6`: the family in the machine's order, all else in the network's. */
function socketAddress(address: string, port: number): Buffer {
  const bytes = ipBytes(address);
  if (!bytes) throw new TypeError(`Expected an IP address, got ${JSON.stringify(address)}`);
  const isSix = bytes.length === 16;
  const structure = Buffer.alloc(isSix ? SOCKADDR_IN6_LENGTH : SOCKADDR_IN_LENGTH);
  structure.writeUInt16LE(isSix ? AF_INET6 : AF_INET, 0);
  structure.writeUInt16BE(port, 2);
  bytes.copy(structure, isSix ? 8 : 4);
  if (isSix) structure.writeUInt32LE(scopeOf(address), 24);
  return structure;
}

/** The number of the interface that a link-local address (`fe80::1%eth0`) is about; 0 for all others. */
function scopeOf(address: string): number {
  const zone = address.split('%')[1];
  if (zone === undefined) return 0;
  if (/^\d+$/.test(zone)) return Number(zone);
  const six = networkInterfaces()[zone]?.find(({ family, scopeid = 0 }) => family === 'IPv6' && scopeid > 0);
  return six?.scopeid ?? 0;
}

function boundPort(fd: number): number {
  const structure = Buffer.alloc(SOCKADDR_IN6_LENGTH);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(structure.length);
  systemCall('getsockname', [fd, structure, length], {
    doing: 'read the port of a socket',
    command: 'ss -lntup',
  });
  return structure.readUInt16BE(2);
}
