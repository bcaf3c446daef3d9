import { closeSync, constants, openSync } from 'node:fs';
import { endianness } from 'node:os';
import { ReadStream } from 'node:tty';
import { isErrno, systemCall } from './kernel.ts';

/** A pseudo-terminal: this process holds the master, a child gets the terminal itself. */
export interface PseudoTerminal {
  /** The terminal's own end, for the child's stdin, stdout and stderr. */
  readonly terminalFd: number;
  /** What the child writes, and what it will read. Ends when the last holder of the terminal is gone. */
  readonly stream: ReadStream;
  resize(rows: number, columns: number): void;
  /** Closes the terminal's end here, once the child has it. */
  releaseTerminal(): void;
}

const TIOCSWINSZ = 0x5414;
const TIOCGPTN = 0x80045430;
const TIOCSPTLCK = 0x40045431;

/** Opens a pseudo-terminal. Throws KernelError, or Node's error where /dev/ptmx is missing. */
export function openPseudoTerminal(size?: {
  readonly rows: number;
  readonly columns: number;
}): PseudoTerminal {
  const masterFd = openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY);
  try {
    control(masterFd, TIOCSPTLCK, Buffer.alloc(4));
    const number = Buffer.alloc(4);
    control(masterFd, TIOCGPTN, number);
    const index = endianness() === 'LE' ? number.readInt32LE() : number.readInt32BE();
    const terminalFd = openSync(`/dev/pts/${index}`, constants.O_RDWR | constants.O_NOCTTY);
    if (size) setSize(masterFd, size.rows, size.columns);
    return terminalOf(masterFd, terminalFd);
  } catch (error) {
    closeSync(masterFd);
    throw error;
  }
}

function terminalOf(masterFd: number, terminalFd: number): PseudoTerminal {
  const stream = new ReadStream(masterFd);
  let isOpen = true;
  stream.on('close', () => {
    isOpen = false;
  });
  return {
    terminalFd,
    stream,
    resize: (rows, columns) => {
      if (isOpen) setSize(masterFd, rows, columns);
    },
    releaseTerminal: () => closeSync(terminalFd),
  };
}

/** Sets the size of the terminal that a process has on its stdin; nothing happens when that is no terminal. */
export function resizeTerminalOf(pid: number, rows: number, columns: number): void {
  try {
    const fd = openSync(`/proc/${pid}/fd/0`, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    try {
      setSize(fd, rows, columns);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTTY', 'EACCES', 'ENXIO', 'EIO', 'ESRCH')) throw error;
  }
}

/** The kernel ends a master's stream with EIO, once everything was read. */
export function isTerminalEnd(error: unknown): boolean {
  return isErrno(error, 'EIO');
}

function setSize(fd: number, rows: number, columns: number): void {
  const size = new Uint16Array([rows, columns, 0, 0]);
  control(fd, TIOCSWINSZ, Buffer.from(size.buffer));
}

function control(fd: number, request: number, argument: Buffer): void {
  systemCall('ioctl', [fd, request, argument], {
    doing: 'set up a pseudo-terminal',
    command: 'script -qc true /dev/null',
  });
}
