import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { EngineApi } from '../engine/engine-api.ts';
import { BerthError } from '../model/errors.ts';
import type { Call } from './call.ts';
import { pageNotFound } from './errors.ts';
import { EventLog } from './event-log.ts';
import { sendEmpty, sendError } from './reply.ts';
import { findRoute } from './router.ts';
import { routes } from './routes.ts';
import { API_VERSION, splitVersion } from './version-prefix.ts';

export interface ApiServerOptions {
  /** Told of errors that are bugs of ours; the client gets a 500 all the same. */
  readonly onBug?: (error: unknown) => void;
}

/** Clients such as dockerode put a copy of the whole body into the query. */
const MAX_HEADER_BYTES = 4 << 20;

/** A head must come within a minute; bodies and answers may take as long as they do. */
export const LIMITS = {
  maxHeaderSize: MAX_HEADER_BYTES,
  requestTimeout: 0,
  keepAliveTimeout: 60_000,
} as const;

/** How long a client may go on sending what was refused. */
const LINGER_MS = 10_000;

/** The Docker Engine API over an engine. The caller makes it listen. */
export function createApiServer(engine: EngineApi, options: ApiServerOptions = {}): Server {
  const server = createServer(LIMITS);
  answerRequests(server, engine, options);
  return server;
}

/** Has a server answer with the API of an engine. */
export function answerRequests(server: Server, engine: EngineApi, options: ApiServerOptions): void {
  const ended = new AbortController();
  server.once('close', () => ended.abort());
  const eventLog = new EventLog(engine, ended.signal);
  const answer = (request: IncomingMessage, response: ServerResponse, upgrade?: Socket): void => {
    void serve({ engine, eventLog, request, response, upgrade, options });
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => answer(request, response));
  server.on('upgrade', (request: IncomingMessage, socket, head: Buffer) => {
    if (socket instanceof Socket) answer(request, responseOn(request, socket, head), socket);
  });
}

interface Exchange {
  readonly engine: EngineApi;
  readonly eventLog: EventLog;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly upgrade: Socket | undefined;
  readonly options: ApiServerOptions;
}

async function serve(exchange: Exchange): Promise<void> {
  const { engine, eventLog, request, response, options } = exchange;
  setHeaders(response, engine.info.version);
  let spoken: number | undefined;
  try {
    const url = new URL(request.url ?? '/', 'http://berth');
    const { apiMinor, path } = splitVersion(url.pathname);
    spoken = apiMinor;
    if (request.method === 'OPTIONS') {
      sendEmpty(response, 200);
      return;
    }
    const match = findRoute(routes, request.method ?? 'GET', path);
    if (!match) throw pageNotFound();
    const call: Call = {
      engine,
      eventLog,
      request,
      response,
      params: match.params,
      query: url.searchParams,
      apiMinor,
      signal: goneSignal(exchange),
      upgrade: exchange.upgrade,
    };
    await match.handler(call);
  } catch (error) {
    if (!(error instanceof BerthError) && !response.destroyed) options.onBug?.(error);
    sendError(response, error, spoken);
    if (!exchange.upgrade) refuseRest(exchange);
  }
}

/**
 * The rest of a body that nobody wants is read and thrown away: a client that still sends when the
 * socket is closed sees a broken pipe in place of the answer. One that never ends is cut off.
 */
function refuseRest({ request }: Exchange): void {
  if (request.complete) return;
  request.unpipe();
  request.resume();
  const limit = setTimeout(() => request.destroy(), LINGER_MS);
  limit.unref();
  request.once('close', () => clearTimeout(limit));
}

/** An ordinary response over a connection that asked to be upgraded; a hijack takes the socket back. */
function responseOn(request: IncomingMessage, socket: Socket, head: Buffer): ServerResponse {
  // A client that vanishes shows as an error of the socket, which nobody else listens to after the upgrade.
  socket.on('error', () => socket.destroy());
  if (head.length > 0) socket.unshift(head);
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => {
    if (response.socket !== socket) return;
    response.detachSocket(socket);
    socket.end();
  });
  return response;
}

function setHeaders(response: ServerResponse, version: string): void {
  response.setHeader('Api-Version', API_VERSION);
  response.setHeader('Docker-Experimental', 'false');
  response.setHeader('Ostype', 'linux');
  response.setHeader('Server', `Berth/${version} (linux)`);
}

function goneSignal(exchange: Exchange): AbortSignal {
  const controller = new AbortController();
  const source = exchange.upgrade ?? exchange.response;
  source.once('close', () => controller.abort());
  return controller.signal;
}
