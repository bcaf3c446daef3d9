import type { Readable, Writable } from 'node:stream';
import type { ServerResponse } from 'node:http';
import type { Call } from './call.ts';

/** A connection taken over from HTTP: raw bytes both ways. */
export interface Hijacked {
  /** What the client sends; nothing when it did not ask to upgrade. */
  readonly input: Readable | undefined;
  readonly output: Writable;
}

/**
 * Takes the connection over. With `Upgrade: tcp` the answer is 101 and the socket is free in both directions;
 * without, it is an unframed 200 that ends with the connection.
 */
export function hijack(call: Call, contentType: string): Hijacked {
  if (call.upgrade) return takeSocket(call, contentType);
  const { response } = call;
  // Node adds chunked framing unless the header was removed before the head is written.
  response.removeHeader('Transfer-Encoding');
  response.writeHead(200, { 'Content-Type': contentType, Connection: 'close' });
  response.flushHeaders();
  return { input: undefined, output: response };
}

function takeSocket(call: Call, contentType: string): Hijacked {
  const { response, upgrade: socket } = call;
  if (!socket) throw new Error('hijack without a socket');
  response.detachSocket(socket);
  const head = [
    'HTTP/1.1 101 UPGRADED',
    `Content-Type: ${contentType}`,
    'Connection: Upgrade',
    'Upgrade: tcp',
    ...headerLines(response),
  ];
  socket.write(head.join('\r\n') + '\r\n\r\n');
  return { input: socket, output: socket };
}

function headerLines(response: ServerResponse): string[] {
  return Object.entries(response.getHeaders()).map(([name, value]) => `${name}: ${String(value)}`);
}
