import { setTimeout as delay } from 'node:timers/promises';
import { Writable } from 'node:stream';
import { writeToExisting } from '../host/files-now.ts';
import { isErrno } from '../host/kernel.ts';
import { connectPacketSocket, type PacketSocket } from '../host/packet-socket.ts';
import { containerPaths } from './paths.ts';

/** conmon reads packets into a buffer of 32 KiB; what does not fit is lost. */
const PACKET_BYTES_MAX = 8192;
const PAUSE_MS_MAX = 32;

/**
 * What is written to the first process of a container, through conmon's attach socket. `ready` resolves true once
 * conmon is there, false when it will not come any more: then all input is dropped, as when the process ends.
 * The end of the stream closes the process's stdin where its monitor was told so (`stdinOnce`).
 */
export function containerInput(place: {
  readonly runRoot: string;
  readonly id: string;
  readonly ready: Promise<boolean>;
}): Writable {
  const { bundle } = containerPaths(place.runRoot, place.id);
  const opened = place.ready.then((isReady) => (isReady ? connectTo(bundle) : undefined));
  const closed = new AbortController();
  const onSocket = async (work: (socket: PacketSocket) => Promise<void>): Promise<void> => {
    const socket = await opened;
    if (socket && !closed.signal.aborted) await work(socket);
  };
  return new Writable({
    write: (data: Buffer, _encoding, done) => {
      onSocket((socket) => sendAll(socket, data, closed.signal)).then(() => done(), done);
    },
    final: (done) => {
      onSocket((socket) => endAfterReading(socket, closed.signal)).then(() => done(), done);
    },
    destroy: (error, done) => {
      closed.abort();
      void opened.then((socket) => socket?.close()).finally(() => done(error));
    },
  });
}

/** Sets the size of a running container's terminal. False when it has none. */
export function resizeContainer(
  place: { readonly runRoot: string; readonly id: string },
  size: { readonly rows: number; readonly columns: number },
): boolean {
  try {
    const { bundle } = containerPaths(place.runRoot, place.id);
    writeToExisting(`${bundle}/ctl`, `1 ${size.rows} ${size.columns}\n`);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENXIO')) return false;
    throw error;
  }
}

/** Undefined when the container has ended already. */
function connectTo(bundle: string): PacketSocket | undefined {
  try {
    return connectPacketSocket(bundle, 'attach');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ECONNREFUSED', 'ENOTDIR')) return undefined;
    throw error;
  }
}

async function sendAll(socket: PacketSocket, data: Buffer, closed: AbortSignal): Promise<void> {
  for (let start = 0; start < data.length; start += PACKET_BYTES_MAX) {
    const packet = data.subarray(start, start + PACKET_BYTES_MAX);
    await until(() => tolerant(() => socket.send(packet)), closed);
  }
}

/** What is on its way is read first: at the end of input the monitor looks no further. */
async function endAfterReading(socket: PacketSocket, closed: AbortSignal): Promise<void> {
  await until(() => tolerant(() => socket.unread() === 0), closed);
  if (!closed.aborted) socket.end();
}

/** Once the process is gone, input is taken and dropped. */
function tolerant(work: () => boolean): boolean {
  try {
    return work();
  } catch (error) {
    if (isErrno(error, 'EPIPE', 'ECONNRESET', 'ENOTCONN')) return true;
    throw error;
  }
}

/** libuv cannot wait for this kind of socket, so it is looked at again: after 1 ms at first, then less often. */
async function until(reached: () => boolean, closed: AbortSignal): Promise<void> {
  for (let pauseMs = 1; !closed.aborted && !reached(); pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
    await delay(pauseMs);
  }
}
