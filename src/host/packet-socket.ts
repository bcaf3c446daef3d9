import { closeSync, constants, openSync } from 'node:fs';
import { AF_UNIX, isErrno, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_SEQPACKET, systemCall } from './kernel.ts';

/** The sending side of a unix socket that keeps packets apart (SOCK_SEQPACKET), which node:net cannot open. */
export interface PacketSocket {
  /** False when the other side has not read enough yet. Throws KernelError (EPIPE, ECONNRESET) when it is gone. */
  send(data: Buffer): boolean;
  /** Bytes that the other side has not read yet. */
  unread(): number;
  /** Tells the other side that nothing more comes. */
  end(): void;
  close(): void;
}

/**
 * Connects to the socket `name` in a folder, and refuses whatever comes back. The folder is gone through by
 * descriptor, as its path may be longer than the 108 bytes of a socket address. Throws KernelError (ENOENT,
 * ECONNREFUSED), or Node's ENOENT for the folder.
 */
export function connectPacketSocket(folder: string, name: string): PacketSocket {
  const where = { doing: `connect to ${folder}/${name}`, command: `socat - UNIX:${folder}/${name},type=5` };
  const folderFd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const fd = systemCall('socket', [AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0], where);
    try {
      const address = unixAddress(`/proc/self/fd/${folderFd}/${name}`);
      systemCall('connect', [fd, address, address.length], where);
      systemCall('shutdown', [fd, SHUT_RD], where);
      return packetSocketOn(fd, where.doing);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  } finally {
    closeSync(folderFd);
  }
}

const SHUT_RD = 0;
const SHUT_WR = 1;
const MSG_NOSIGNAL = 0x4000;
const SIOCOUTQ = 0x5411;

function packetSocketOn(fd: number, doing: string): PacketSocket {
  const where = { doing: doing.replace('connect', 'write'), command: 'ss -xp' };
  let isOpen = true;
  return {
    send: (data) => {
      try {
        systemCall('send', [fd, data, data.length, MSG_NOSIGNAL], where);
        return true;
      } catch (error) {
        if (isErrno(error, 'EAGAIN', 'EWOULDBLOCK', 'ENOBUFS')) return false;
        throw error;
      }
    },
    unread: () => {
      const count = Buffer.alloc(4);
      systemCall('ioctl', [fd, SIOCOUTQ, count], where);
      return new Int32Array(count.buffer, count.byteOffset, 1)[0] ?? 0;
    },
    end: () => {
      try {
        systemCall('shutdown', [fd, SHUT_WR], where);
      } catch (error) {
        if (!isErrno(error, 'ENOTCONN')) throw error;
      }
    },
    close: () => {
      if (isOpen) closeSync(fd);
      isOpen = false;
    },
  };
}

/** A `struct sockaddr_un`: the family in the machine's order, then the path and a zero byte. */
function unixAddress(path: string): Buffer {
  const address = Buffer.alloc(2 + Buffer.byteLength(path) + 1);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2);
  return address;
}
