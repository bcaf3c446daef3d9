import type { Server } from 'node:http';
import { createServer } from 'node:https';
import type { EngineApi } from '../engine/engine-api.ts';
import { type ApiServerOptions, answerRequests, LIMITS } from './server.ts';

/** A door for other machines: only who shows a certificate of the authority comes in. */
export interface TcpDoor {
  readonly host: string;
  readonly port: number;
  /** PEM texts: the authority of the clients, and our own certificate and key. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The API over TLS with client certificates; listens. Rejects where the address cannot be had. */
export async function openTcpDoor(
  engine: EngineApi,
  { host, port, ca, cert, key }: TcpDoor,
  options: ApiServerOptions,
): Promise<Server> {
  const tls = { ca, cert, key, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' } as const;
  const server = createServer({ ...tls, ...LIMITS });
  answerRequests(server, engine, options);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  return server;
}
