import { setTimeout as delay } from 'node:timers/promises';
import type { Exchange, HttpClient } from '../../host/http-exchange.ts';
import { BerthError } from '../../model/errors.ts';
import {
  basicHeader,
  challengeOf,
  hasUser,
  readSmall,
  readText,
  tokenIn,
  tokenRequest,
  type Challenge,
  type Credentials,
} from './auth.ts';
import { trustFor, type Endpoint } from './endpoint.ts';
import {
  answerInvalid,
  codeOf,
  pullCancelled,
  registryPlainHttp,
  registryStalled,
  registryTls,
  registryUnauthorized,
  registryUnreachable,
  registryWantsCertificate,
  tokenFailed,
} from './errors.ts';
import { askedPauseMs, isPassing, isPassingStatus, pause, type RetryPolicy } from './retry.ts';
import type { RegistrySettings } from './settings.ts';

/** One request of the registry protocol. `path` begins with `/v2/`, or is a whole address the registry gave. */
export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Made anew for every try. */
  readonly body?: (() => Buffer | AsyncIterable<Uint8Array>) | undefined;
  /** Leave retries to the caller. */
  readonly once?: boolean | undefined;
}

export interface RegistryAccess {
  readonly endpoint: Endpoint;
  /** `repository:library/redis:pull`, several with blanks between; empty for none. */
  readonly scope: string;
  readonly credentials: Credentials;
  readonly settings: RegistrySettings;
  readonly http: HttpClient;
  readonly retries: RetryPolicy;
  readonly signal: AbortSignal;
}

/**
 * Speaks with one registry about one repository: finds out its scheme, logs in when it is asked to, follows redirects
 * (the authorization stays with the registry's own host), and tries again what may pass. Throws EngineError.
 */
export class RegistryClient {
  readonly #access: RegistryAccess;
  #base: Promise<URL> | undefined;
  #authorization: string | undefined;
  #authorizing: Promise<void> | undefined;

  constructor(access: RegistryAccess) {
    this.#access = access;
  }

  /** `docker.io`, `localhost:5000`: for messages. */
  get name(): string {
    return this.#access.endpoint.name;
  }

  get retries(): RetryPolicy {
    return this.#access.retries;
  }

  get hasUser(): boolean {
    return hasUser(this.#access.credentials);
  }

  /** The same, with its login, for as long as another signal allows. */
  until(signal: AbortSignal): RegistryClient {
    const client = new RegistryClient({ ...this.#access, signal });
    client.#base = this.#base;
    client.#authorization = this.#authorization;
    return client;
  }

  /** The answer, whatever its status but 401 by a missing login, a redirect, or one that passed at a further try. */
  async open(request: RegistryRequest): Promise<Exchange> {
    const { retries, signal } = this.#access;
    for (let failures = 0; ; failures += 1) {
      const isLast = request.once === true || failures >= retries.times;
      let asked: number | undefined;
      try {
        const exchange = await this.#authorized(request);
        if (isLast || !isPassingStatus(exchange.status)) return exchange;
        asked = askedPauseMs(exchange, Date.now());
        if (asked !== undefined && asked > retries.longestAskedMs) return exchange;
        exchange.discard();
      } catch (error) {
        if (signal.aborted) throw pullCancelled();
        if (isLast || !isPassing(error)) throw this.explain(error);
      }
      await this.rest(failures, asked);
    }
  }

  /** A failure of the connection in the words of a person. */
  explain(error: unknown): unknown {
    const { signal } = this.#access;
    if (signal.aborted) return pullCancelled();
    if (error instanceof BerthError) return error;
    if (isPassing(error) && codeOf(error) !== 'EAI_AGAIN') return registryStalled(this.name, error);
    const { place } = this.#access.endpoint;
    if (isPlainHttp(error)) return registryPlainHttp(place);
    if (wantsCertificate(error)) return registryWantsCertificate(place, error);
    return isCertificateProblem(error) ? registryTls(place, error) : registryUnreachable(place, error);
  }

  /** As `open`, with the body, which may be cut and asked for again; undefined when it is larger than it may be. */
  async read(
    request: RegistryRequest,
    mostBytes: number,
  ): Promise<{ exchange: Exchange; bytes: Buffer | undefined }> {
    for (let failures = 0; ; failures += 1) {
      const exchange = await this.open(request);
      try {
        return { exchange, bytes: await readSmall(exchange, mostBytes) };
      } catch (error) {
        if (!isPassing(error) || failures >= this.retries.times) throw this.explain(error);
        await this.rest(failures);
      }
    }
  }

  /** The pause before a further try; `askedMs`: the one that the registry wants. */
  async rest(failures: number, askedMs?: number): Promise<void> {
    const { retries, signal } = this.#access;
    try {
      if (askedMs === undefined) await pause(retries, failures, signal);
      else await delay(askedMs, undefined, { signal });
    } catch {
      throw pullCancelled();
    }
  }

  async #authorized(request: RegistryRequest): Promise<Exchange> {
    const used = this.#authorization;
    const exchange = await this.#followed(request);
    if (exchange.status !== 401) return exchange;
    const challenge = challengeOf(exchange.headers['www-authenticate']);
    if (!challenge) return exchange;
    exchange.discard();
    // Of several that come back at once, one asks for all.
    if (this.#authorization === used) {
      this.#authorizing ??= this.#authorize(challenge).finally(() => (this.#authorizing = undefined));
      await this.#authorizing;
    }
    return await this.#followed(request);
  }

  async #authorize(challenge: Challenge): Promise<void> {
    const { credentials } = this.#access;
    if (credentials.registryToken !== '') this.#authorization = `Bearer ${credentials.registryToken}`;
    else if (challenge.scheme === 'bearer') this.#authorization = `Bearer ${await this.#token(challenge)}`;
    else if (credentials.username !== '') this.#authorization = basicHeader(credentials);
    else throw registryUnauthorized(this.name, '', false);
  }

  async #token(challenge: Challenge): Promise<string> {
    const { credentials, signal, retries } = this.#access;
    const scope = this.#access.scope || challenge.scope;
    if (!/^https?:\/\//.test(challenge.realm)) {
      throw answerInvalid(this.name, `it names no token server (realm "${challenge.realm}")`);
    }
    for (let failures = 0; ; failures += 1) {
      try {
        const exchange = await this.#send({ ...tokenRequest(challenge, { credentials, scope }) });
        const text = (await readText(exchange, MOST_TOKEN_BYTES)) ?? '';
        if (exchange.status === 401 || exchange.status === 403) {
          throw registryUnauthorized(this.name, messageIn(text), this.hasUser);
        }
        const token = exchange.status === 200 ? tokenIn(text) : undefined;
        if (token !== undefined) return token;
        if (!isPassingStatus(exchange.status) || failures >= retries.times) {
          throw tokenFailed(this.name, tokenProblem(exchange.status, text));
        }
      } catch (error) {
        if (signal.aborted) throw pullCancelled();
        if (error instanceof BerthError) throw error;
        const why = error instanceof Error ? error.message : String(error);
        if (!isPassing(error) || failures >= retries.times) throw tokenFailed(this.name, why);
      }
      await this.rest(failures);
    }
  }

  async #followed(request: RegistryRequest): Promise<Exchange> {
    this.#base ??= this.#findBase();
    const base = await this.#base.catch((error: unknown) => {
      this.#base = undefined;
      throw error;
    });
    let url = new URL(base.pathname.replace(/\/$/, '') + request.path, base);
    if (/^https?:/.test(request.path)) url = new URL(request.path);
    for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
      const isOwn = url.origin === base.origin;
      const authorization = isOwn && this.#authorization !== undefined;
      const exchange = await this.#send({
        url,
        method: request.method,
        headers: { ...request.headers, ...(authorization && { Authorization: this.#authorization ?? '' }) },
        body: request.body?.(),
      });
      if (!REDIRECTS.has(exchange.status)) return exchange;
      exchange.discard();
      url = this.#target(exchange, url);
    }
    throw answerInvalid(this.name, `it redirects over ${MOST_REDIRECTS} times`);
  }

  #target({ headers, status }: Exchange, from: URL): URL {
    if (headers.location === undefined) {
      throw answerInvalid(this.name, `a redirect (status ${status}) that leads nowhere`);
    }
    const url = new URL(headers.location, from);
    const isDowngrade = from.protocol === 'https:' && url.protocol !== 'https:';
    if (!/^https?:$/.test(url.protocol) || (isDowngrade && !trustFor(from, this.#access.settings).anyone)) {
      throw answerInvalid(this.name, `a redirect from an encrypted address to ${url.origin}`);
    }
    return url;
  }

  async #send(request: {
    url: URL;
    method: string;
    headers: Readonly<Record<string, string>>;
    body: Buffer | AsyncIterable<Uint8Array> | undefined;
  }): Promise<Exchange> {
    const { http, settings, retries, signal } = this.#access;
    const { idleTimeoutMs } = retries;
    const headers = { 'User-Agent': 'berth', ...request.headers };
    return await http.open({
      ...request,
      headers,
      trust: trustFor(request.url, settings),
      idleTimeoutMs,
      signal,
    });
  }

  /** Where both schemes are allowed, the one that answers. */
  async #findBase(): Promise<URL> {
    const { endpoint } = this.#access;
    const [first = 'https', second] = endpoint.schemes;
    const base = new URL(`${first}://${endpoint.place}`);
    if (second === undefined) return base;
    try {
      const ping = new URL(`${base.pathname.replace(/\/$/, '')}/v2/`, base);
      const exchange = await this.#send({ url: ping, method: 'GET', headers: {}, body: undefined });
      exchange.discard();
      return base;
    } catch (error) {
      if (this.#access.signal.aborted || isCertificateProblem(error)) throw error;
      return new URL(`${second}://${endpoint.place}`);
    }
  }
}

const MOST_REDIRECTS = 10;
const MOST_TOKEN_BYTES = 1024 * 1024;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** What a registry says about its refusal: `errors[0].message`; empty when it says nothing of the kind. */
export function messageIn(text: string): string {
  try {
    const { errors, details } = JSON.parse(text) as { errors?: unknown; details?: unknown };
    const [first] = Array.isArray(errors) ? (errors as { message?: unknown; code?: unknown }[]) : [];
    const message = [first?.message, first?.code, details].find((value) => typeof value === 'string');
    return typeof message === 'string' ? message : '';
  } catch {
    return '';
  }
}

function tokenProblem(status: number, text: string): string {
  if (status === 200) return 'the answer of its token server holds no token';
  const message = messageIn(text);
  return `its token server answers with status ${status}${message === '' ? '' : `: ${message}`}`;
}

function isPlainHttp(error: unknown): boolean {
  return codeOf(error) === 'EPROTO' || codeOf(error) === 'ERR_SSL_WRONG_VERSION_NUMBER';
}

/** What the other side says when it has no certificate of ours, or does not know it (RFC 8446 §6.2). */
function wantsCertificate(error: unknown): boolean {
  return /^ERR_SSL_\w+_ALERT_(\w*CERTIFICATE\w*|UNKNOWN_CA)$/.test(codeOf(error) ?? '');
}

function isCertificateProblem(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  return /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY|DECODE)|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA)/.test(
    code,
  );
}
