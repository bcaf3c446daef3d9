import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect as connectTls, rootCertificates } from 'node:tls';
import { proxyFor, proxyHeaders } from './http-proxy.ts';

/** What a server must show, and what we show it. PEM texts. */
export interface TlsTrust {
  /** Further authorities, besides those of the system. */
  readonly ca: readonly string[];
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** Any certificate will do. */
  readonly anyone: boolean;
}

export interface ExchangeRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Its length must stand in `headers`, unless it is a buffer. */
  readonly body?: Buffer | AsyncIterable<Uint8Array> | undefined;
  readonly trust: TlsTrust;
  /** Fails when nothing moves for so long. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** An answer whose headers are there. Its body must be read up or discarded. */
export interface Exchange {
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: AsyncIterable<Buffer>;
  discard(): void;
}

/**
 * HTTP(S) to the outside, over connections that are kept for a while, through the proxies that HTTP_PROXY, HTTPS_PROXY
 * and NO_PROXY name. Follows no redirect and retries nothing. Throws Node's own errors (`code`).
 */
export class HttpClient {
  readonly #agents = new Map<string, HttpAgent | HttpsAgent>();

  async open(request: ExchangeRequest): Promise<Exchange> {
    const outgoing = this.#send(request);
    const answer = await answerTo(outgoing, request);
    return {
      url: request.url,
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      body: answer as AsyncIterable<Buffer>,
      discard: () => discard(answer),
    };
  }

  /** Closes what is idle. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #send(request: ExchangeRequest): ClientRequest {
    const { url, method, signal } = request;
    const headers = { ...request.headers };
    if (Buffer.isBuffer(request.body)) headers['Content-Length'] = String(request.body.length);
    const proxy = proxyFor(url);
    const options: RequestOptions = { method, headers, signal, timeout: request.idleTimeoutMs };
    if (url.protocol === 'https:')
      return httpsRequest(url, { ...options, agent: this.#secureAgent(url, request) });
    const agent = this.#agent('http:', () => new HttpAgent(KEPT));
    if (!proxy) return httpRequest(url, { ...options, agent });
    const [host, port] = [proxy.hostname, proxy.port || '80'];
    const whole = { ...headers, Host: url.host, ...proxyHeaders(proxy) };
    return httpRequest({ ...options, agent, host, port, path: url.href, headers: whole });
  }

  #secureAgent(url: URL, { trust, idleTimeoutMs }: ExchangeRequest): HttpsAgent {
    const proxy = proxyFor(url);
    const key = JSON.stringify([url.host, trust, proxy?.href]);
    return this.#agent(key, () => {
      const agent = new HttpsAgent({ ...KEPT, ...tlsOptions(trust) });
      if (proxy) tunnelThrough(agent, { proxy, url, trust, idleTimeoutMs });
      return agent;
    }) as HttpsAgent;
  }

  #agent(key: string, make: () => HttpAgent | HttpsAgent): HttpAgent | HttpsAgent {
    const agent = this.#agents.get(key) ?? make();
    this.#agents.set(key, agent);
    return agent;
  }
}

/** The connection is worth more than the rest of a small body. */
function discard(answer: IncomingMessage): void {
  if (Number(answer.headers['content-length'] ?? Infinity) <= SMALL_BODY_BYTES) answer.resume();
  else answer.destroy();
}

const SMALL_BODY_BYTES = 64 * 1024;
const KEPT = { keepAlive: true, maxFreeSockets: 8, timeout: 15_000 };

async function answerTo(outgoing: ClientRequest, request: ExchangeRequest): Promise<IncomingMessage> {
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', (incoming) => {
      // The body's reader meets the same error; nobody may be reading.
      incoming.on('error', () => undefined);
      resolve(incoming);
    });
    outgoing.on('error', reject);
    outgoing.once('close', () => reject(failure('ECONNRESET', 'the server closed the connection')));
  });
  outgoing.on('timeout', () =>
    outgoing.destroy(failure('ETIMEDOUT', `nothing came for ${Math.round(request.idleTimeoutMs / 1000)} s`)),
  );
  if (request.body === undefined || Buffer.isBuffer(request.body)) outgoing.end(request.body);
  else await Promise.race([answer, sendBody(outgoing, request.body)]);
  return await answer;
}

/** A server may answer before it has the whole body; then the rest is not sent. */
async function sendBody(outgoing: ClientRequest, body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of body) {
      if (outgoing.destroyed || outgoing.writableEnded) return;
      if (!outgoing.write(chunk)) await Promise.race([once(outgoing, 'drain'), once(outgoing, 'close')]);
    }
    outgoing.end();
  } catch (error) {
    // What comes to light is what the request ends with.
    outgoing.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

function tlsOptions(trust: TlsTrust): object {
  return {
    ...(trust.ca.length > 0 && { ca: [...rootCertificates, ...trust.ca] }),
    ...(trust.certificate !== undefined && { cert: trust.certificate, key: trust.key }),
    rejectUnauthorized: !trust.anyone,
  };
}

/** Has an agent make its connections through a proxy's CONNECT. */
function tunnelThrough(
  agent: HttpsAgent,
  to: { proxy: URL; url: URL; trust: TlsTrust; idleTimeoutMs: number },
): void {
  const createConnection = (_options: object, done: (error: Error | null, socket?: Socket) => void) => {
    const port = to.url.port || '443';
    const request = httpRequest({
      host: to.proxy.hostname,
      port: to.proxy.port || '80',
      method: 'CONNECT',
      path: `${to.url.hostname}:${port}`,
      headers: { Host: `${to.url.hostname}:${port}`, ...proxyHeaders(to.proxy) },
      timeout: to.idleTimeoutMs,
    });
    request.once('connect', (answer, socket) => {
      if (answer.statusCode === 200) {
        const secure = connectTls({ socket, servername: to.url.hostname, ...tlsOptions(to.trust) });
        done(null, secure);
        return;
      }
      socket.destroy();
      done(failure('EPROXY', `the proxy ${to.proxy.host} answers CONNECT with ${String(answer.statusCode)}`));
    });
    request.once('timeout', () => request.destroy(failure('ETIMEDOUT', 'the proxy does not answer')));
    request.once('error', (error) => done(error));
    request.end();
    return undefined;
  };
  Object.assign(agent, { createConnection });
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
