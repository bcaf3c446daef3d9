import { Socket } from 'node:net';
import { SOCK_CLOEXEC, systemCall } from './kernel.ts';

/**
 * Lets Node's event loop read a socket of a family that Node does not know, such as netlink: each `data` event is one
 * datagram. Node adopts the reading end of a pipe, and before the loop looks at it the socket takes the pipe's place
 * under the same number. `fd` must not block; it is closed, whatever happens. Throws KernelError.
 */
export function adoptSocket(fd: number): Socket {
  try {
    const ends = Buffer.alloc(8);
    systemCall('pipe2', [ends, SOCK_CLOEXEC], DESCRIPTION);
    const [reading, writing] = [ends.readInt32LE(0), ends.readInt32LE(4)];
    const socket = new Socket({ fd: reading, readable: true, writable: false });
    systemCall('close', [writing], DESCRIPTION);
    systemCall('dup3', [fd, reading, SOCK_CLOEXEC], DESCRIPTION);
    return socket;
  } finally {
    systemCall('close', [fd], DESCRIPTION);
  }
}

const DESCRIPTION = { doing: 'wait for what the kernel says', command: 'ip monitor' };
