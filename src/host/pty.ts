import { closeSync, constants, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { ReadStream } from 'node:tty';
import { isErrno, systemCall } from './kernel.ts';

/** A pseudo-terminal: this process holds the master, a child gets the terminal itself. */
export interface PseudoTerminal {
  /** The terminal's own end, for the child's stdin, stdout and stderr. */
  readonly terminalFd: number;
  /** What the child writes, and what it will read. It has no end of its own: `finish` makes one. */
  readonly stream: ReadStream;
  resize(rows: number, columns: number): void;
  /**
   * Once the child has ended: closes everything and returns what was written but not read yet. The terminal's own
   * end stays open here until then, as Node takes the hang-up of the last writer for the end of the data.
   */
  finish(): Buffer[];
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
  return {
    terminalFd,
    stream,
    resize: (rows, columns) => {
      if (isOpen) setSize(masterFd, rows, columns);
    },
    finish: () => {
      isOpen = false;
      stream.pause();
      closeSync(terminalFd);
      const rest = [...unread(stream), ...readToEnd(masterFd)];
      stream.destroy();
      return rest;
    },
  };
}

/** What Node has read already, but handed to nobody. */
function unread(stream: ReadStream): Buffer[] {
  const data = stream.read() as Buffer | null;
  return data === null ? [] : [data];
}

const READ_BYTES = 65_536;

/** The kernel says EIO only after the last byte; EAGAIN means that somebody else still holds the terminal. */
function readToEnd(masterFd: number): Buffer[] {
  const parts: Buffer[] = [];
  try {
    for (;;) {
      const part = Buffer.allocUnsafe(READ_BYTES);
      const count = readSync(masterFd, part);
      if (count === 0) return parts;
      parts.push(part.subarray(0, count));
    }
  } catch (error) {
    if (isErrno(error, 'EIO', 'EAGAIN')) return parts;
    throw error;
  }
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
