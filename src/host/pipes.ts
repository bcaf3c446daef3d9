import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { systemCall } from './kernel.ts';

const O_CLOEXEC = 0x80000;

/**
 * A real pipe for a child. Node's own "pipes" for children are sockets: a program that opens its /dev/stdout by name
 * fails on one.
 */
export interface ChildPipe {
  /** The end for the child; close it here once the child has it. */
  readonly childFd: number;
  readonly stream: Socket;
}

/** A pipe that the child writes and this process reads. */
export function outputPipe(): ChildPipe {
  const { readFd, writeFd } = createPipe();
  return { childFd: writeFd, stream: new Socket({ fd: readFd, readable: true, writable: false }) };
}

/** A pipe that this process writes and the child reads. */
export function inputPipe(): ChildPipe {
  const { readFd, writeFd } = createPipe();
  return { childFd: readFd, stream: new Socket({ fd: writeFd, readable: false, writable: true }) };
}

export function closeChildEnd(pipe: ChildPipe | undefined): void {
  if (pipe) closeSync(pipe.childFd);
}

function createPipe(): { readFd: number; writeFd: number } {
  const fds = Buffer.alloc(8);
  systemCall('pipe2', [fds, O_CLOEXEC], { doing: 'make a pipe', command: 'mkfifo' });
  return { readFd: fds.readInt32LE(0), writeFd: fds.readInt32LE(4) };
}
