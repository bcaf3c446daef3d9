import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { EngineApi } from '../engine/engine-api.ts';
import { removeFileNow } from '../host/files-now.ts';
import { openToGroup } from '../host/socket-access.ts';
import { type ApiServerOptions, createApiServer } from './server.ts';
import { openTcpDoor, type TcpDoor } from './tcp.ts';

/** The API while it is served. */
export interface ServedApi {
  readonly server: Server;
  /** Open connections: clients that are present. */
  readonly connections: () => number;
  readonly onConnectionsChange: (listener: () => void) => void;
  /** Stops listening and cuts every connection. */
  readonly close: () => Promise<void>;
}

export interface ServeOptions extends ApiServerOptions {
  /** Further ways in, beside the socket. */
  readonly doors?: readonly TcpDoor[];
}

/** The group whose members may use the engine, where it exists. */
const SOCKET_GROUP = 'berth';

/**
 * Serves the API of an engine on a unix socket, in the place of a dead engine's: mode 0660, group `berth` where that
 * exists. The caller must hold the engine's lock.
 */
export async function serveApi(
  engine: EngineApi,
  socketPath: string,
  { doors = [], ...options }: ServeOptions = {},
): Promise<ServedApi> {
  const server = createApiServer(engine, options);
  const sockets = new Set<Socket>();
  const listeners = new Set<() => void>();
  const tell = (): void => listeners.forEach((listener) => listener());
  const count = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      tell();
    });
    tell();
  };
  server.on('connection', count);
  const others: Server[] = [];
  for (const door of doors) others.push((await openTcpDoor(engine, door, options)).on('connection', count));
  removeFileNow(socketPath);
  await listen(server, socketPath);
  return {
    server,
    connections: () => sockets.size,
    onConnectionsChange: (listener) => listeners.add(listener),
    close: async () => {
      await Promise.all([server, ...others].map((each) => close(each, sockets)));
    },
  };
}

/** Nobody can connect between the two calls: `listen` on a path binds at once, and both run in one turn. */
async function listen(server: Server, path: string): Promise<void> {
  const listening = new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  server.listen(path);
  openToGroup(path, SOCKET_GROUP);
  await listening;
}

/** Connections that were upgraded are no longer known to the server. */
async function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of sockets) socket.destroy();
  await closed;
}
