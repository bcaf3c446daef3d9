import { request } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
}

export async function call(socketPath: string, line: string, body?: unknown): Promise<Answer> {
  const response = await open(socketPath, line, body);
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
  const { statusCode: status = 0, headers } = response;
  return { status, headers, text, json: parse(text) };
}

/** Resolves with the head; the body is the caller's. */
export async function open(socketPath: string, line: string, body?: unknown): Promise<IncomingMessage> {
  const [method, path] = line.split(' ');
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers =
    text === undefined
      ? {}
      : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
  const outgoing = request({ socketPath, method, path, headers });
  outgoing.end(text);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response;
}

/** Sends bytes as they are, in the given pieces; returns all that comes back. With `halfClose`, our side ends first. */
export async function raw(
  socketPath: string,
  pieces: readonly string[],
  { halfClose = true }: { halfClose?: boolean } = {},
): Promise<Buffer> {
  const socket = connect({ path: socketPath, allowHalfOpen: true });
  await once(socket, 'connect');
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  if (halfClose) socket.end();
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
