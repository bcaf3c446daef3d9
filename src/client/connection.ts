import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as httpRequest,
} from 'node:http';
import { Duplex, type Readable } from 'node:stream';
import type { HostError } from '../model/errors.ts';
import { connectionError, errnoOf, errorFromAnswer } from './errors.ts';

/** A value of the query: objects go as JSON, undefined not at all. */
export type Query = Readonly<Record<string, unknown>>;

export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  readonly path: string;
  readonly query?: Query | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of a JSON body. */
  readonly stream?: NodeJS.ReadableStream | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly abortSignal?: AbortSignal | undefined;
}

/** Statuses that are as good as success: 304 says that it is so already. */
const NOT_MODIFIED = 304;

/** Requests to an engine on a unix socket, over connections that are kept. */
export class Connection {
  readonly socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 16 });

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  /** The JSON of the answer. */
  async json<T>(request: EngineRequest): Promise<T> {
    const text = await this.text(request);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async text(request: EngineRequest): Promise<string> {
    return (await this.bytes(request)).toString('utf8');
  }

  async bytes(request: EngineRequest): Promise<Buffer> {
    return readAll(await this.stream(request), this.socketPath);
  }

  /** The answer, as it comes. Throws the engine's error when its status is one. */
  async stream(request: EngineRequest): Promise<IncomingMessage> {
    const answer = await this.#send(request);
    const status = answer.statusCode ?? 0;
    if (status < 300 || status === NOT_MODIFIED) return answer;
    throw errorFromAnswer(status, (await readAll(answer, this.socketPath)).toString('utf8'));
  }

  /** Takes the connection over: raw bytes both ways. */
  async upgrade(request: EngineRequest): Promise<Duplex> {
    const headers = { Connection: 'Upgrade', Upgrade: 'tcp', 'Berth-Client': '1' };
    return new Promise((resolve, reject) => {
      const outgoing = this.#open(request, headers);
      outgoing.on('error', (error) => reject(this.#explain(error, request)));
      outgoing.on('upgrade', (_answer, socket, head) => {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      outgoing.on('response', (answer) => {
        if ((answer.statusCode ?? 0) < 300) resolve(Duplex.from(answer));
        else void this.#rejectWith(answer, reject);
      });
    });
  }

  /** The error for an answer that ended before it said what it should. */
  broken(): HostError {
    return connectionError(this.socketPath, new Error('the answer ended too early'));
  }

  /** Closes the idle connections; those in use end with their requests. */
  close(): void {
    this.#agent.destroy();
  }

  async #send(request: EngineRequest, isRetry = false): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = this.#open(request);
      outgoing.on('response', resolve);
      outgoing.on('error', (error) => {
        // The engine may close an idle connection in the moment in which we take it up again.
        const stale = outgoing.reusedSocket && errnoOf(error) === 'ECONNRESET' && !request.stream;
        if (stale && !isRetry) this.#send(request, true).then(resolve, reject);
        else reject(this.#explain(error, request));
      });
    });
  }

  #open(request: EngineRequest, extraHeaders: Readonly<Record<string, string>> = {}): ClientRequest {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const options: RequestOptions & { servername: string } = {
      socketPath: this.socketPath,
      agent: this.#agent,
      // Node would find out whether the host is an address, by compiling long regular expressions.
      servername: '',
      method: request.method,
      path: request.path + queryText(request.query),
      headers: { Host: 'berth', ...headersFor(request, body), ...request.headers, ...extraHeaders },
      ...(request.abortSignal && { signal: request.abortSignal }),
    };
    const outgoing = httpRequest(options);
    if (request.stream) pipeBody(request.stream, outgoing);
    else outgoing.end(body);
    return outgoing;
  }

  async #rejectWith(answer: IncomingMessage, reject: (error: unknown) => void): Promise<void> {
    try {
      const text = (await readAll(answer, this.socketPath)).toString('utf8');
      reject(errorFromAnswer(answer.statusCode ?? 500, text));
    } catch (error) {
      reject(error);
    }
  }

  #explain(error: unknown, { abortSignal }: EngineRequest): unknown {
    return abortSignal?.aborted ? abortSignal.reason : connectionError(this.socketPath, error);
  }
}

function headersFor(request: EngineRequest, body: string | undefined): Record<string, string | number> {
  if (request.stream) return { 'Content-Type': 'application/x-tar', 'Transfer-Encoding': 'chunked' };
  if (body === undefined) return request.method === 'POST' ? { 'Content-Length': 0 } : {};
  return { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
}

function pipeBody(source: NodeJS.ReadableStream, outgoing: ClientRequest): void {
  source.on('error', (error: Error) => outgoing.destroy(error));
  source.pipe(outgoing);
}

function queryText(query: Query | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    const text = queryValue(value);
    if (text !== undefined) search.append(name, text);
  }
  return search.size === 0 ? '' : `?${search.toString()}`;
}

function queryValue(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

async function readAll(answer: Readable, socketPath: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch (error) {
    throw connectionError(socketPath, error);
  }
  return Buffer.concat(chunks);
}
