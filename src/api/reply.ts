import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { EngineError } from '../model/errors.ts';
import { errorBody, statusOf } from './mapping/error-body.ts';
import { wordsFor } from './mapping/older-words.ts';

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  const text = JSON.stringify(value) + '\n';
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

export function sendEmpty(response: ServerResponse, status: number): void {
  response.writeHead(status, status === 204 || status === 304 ? {} : { 'Content-Length': 0 });
  response.end();
}

export function sendText(
  response: ServerResponse,
  text: string,
  { status = 200, type = 'text/plain; charset=utf-8' }: { status?: number; type?: string } = {},
): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** The error as Docker sends it. When the answer has begun, all that is left is to cut the connection. */
export function sendError(response: ServerResponse, error: unknown, apiMinor = Infinity): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof EngineError && error.status === 304) sendEmpty(response, 304);
  else {
    const body = errorBody(error);
    sendJson(response, { ...body, message: wordsFor(apiMinor, body.message) }, statusOf(error));
  }
}

/** Sends headers at once and leaves the body open. */
export function beginStream(response: ServerResponse, contentType: string): void {
  response.writeHead(200, { 'Content-Type': contentType });
  response.flushHeaders();
}

/** Writes, and waits while the reader is slow. A reader that is gone takes everything. */
export async function write(output: Writable, data: Buffer | string): Promise<void> {
  if (output.destroyed || output.writableEnded) return;
  if (output.write(data)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      output.off('drain', done);
      output.off('close', done);
      resolve();
    };
    output.on('drain', done);
    output.on('close', done);
  });
}
