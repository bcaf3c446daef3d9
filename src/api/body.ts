import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import type { Socket } from 'node:net';
import type { Call } from './call.ts';
import { badRequest, bodyTooLarge } from './errors.ts';
import { BodyReader } from './mapping/body-reader.ts';
import { parseJson } from './parse-json.ts';

const JSON_LIMIT_BYTES = 16 << 20;

/** The JSON body of a request; an empty one and `null`, which Go clients send for nothing, count as `{}`. */
export async function readJsonBody(call: Call): Promise<BodyReader> {
  const body = await readBody(call);
  if (body.length > 0) expectJson(call);
  return new BodyReader(parseJson(body.toString('utf8')) ?? {}, '');
}

/** Reads a body and forgets it. */
export async function skipBody(call: Call): Promise<void> {
  await readBody(call);
}

function expectJson({ request }: Call): void {
  const type = request.headers['content-type'] ?? '';
  if (/^application\/json\s*(;|$)/i.test(type)) return;
  throw badRequest(`unsupported Content-Type header (${type}): must be 'application/json'`);
}

/**
 * A large body, such as an archive, to be read as it comes. Whoever gives it up in the middle leaves
 * the connection as it is, so that an answer can still be sent.
 */
export function bodyStream({ request }: Call): Readable {
  const body = new PassThrough();
  const cut = (): void => {
    if (!request.complete) body.destroy(badRequest('the request body ended too early'));
  };
  request.once('close', cut).once('error', cut);
  // Whoever reads sees it too; nobody may be reading any more.
  body.on('error', () => request.unpipe(body));
  return request.pipe(body);
}

async function readBody(call: Call): Promise<Buffer> {
  const length = Number(call.request.headers['content-length'] ?? '0');
  if (length > JSON_LIMIT_BYTES) throw bodyTooLarge(JSON_LIMIT_BYTES);
  if (call.upgrade) return readExactly(call.upgrade, length);
  return readAll(bodyStream(call));
}

async function readAll(request: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > JSON_LIMIT_BYTES) throw bodyTooLarge(JSON_LIMIT_BYTES);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** With an upgrade, node:http leaves the body on the socket: its length says where stdin begins. */
async function readExactly(socket: Socket, sizeBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let missing = sizeBytes;
  while (missing > 0) {
    // Whatever has come is taken out: a partial body left in the buffer would wake us for ever.
    const chunk = socket.read() as Buffer | null;
    if (chunk) {
      chunks.push(chunk.subarray(0, missing));
      if (chunk.length > missing) socket.unshift(chunk.subarray(missing));
      missing = Math.max(0, missing - chunk.length);
    } else {
      if (socket.readableEnded || socket.destroyed) throw badRequest('the request body ended too early');
      await changeOf(socket);
    }
  }
  return Buffer.concat(chunks);
}

async function changeOf(socket: Socket): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  try {
    await Promise.race(['readable', 'end', 'close'].map((event) => once(socket, event, { signal })));
  } finally {
    controller.abort();
  }
}
