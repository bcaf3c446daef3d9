import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { LogChunk } from '../../src/engine/engine-api.ts';
import { call } from './http.ts';
import { runningContainer, specOf } from './records.ts';
import { serveFake, type Served } from './serve-fake.ts';

/** The example of RFC 6455. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

async function serveEcho(): Promise<Served> {
  const served = await serveFake();
  served.engine.containers.push(runningContainer('web', { spec: specOf({ OpenStdin: true }, 'web') }));
  served.engine.onAttach = async function* (_options, stdin): AsyncIterable<LogChunk> {
    for await (const data of stdin ?? []) yield { stream: 'stdout', timeNs: 0n, data: data as Buffer };
  };
  return served;
}

class WebClient {
  readonly socket: Socket;
  #bytes = Buffer.alloc(0);

  constructor(socketPath: string) {
    this.socket = connect(socketPath);
    this.socket.on('data', (data) => (this.#bytes = Buffer.concat([this.#bytes, data])));
  }

  /** Resolves with what came once there are so many bytes after the head. */
  async received(bytes: number): Promise<{ head: string; frames: Buffer }> {
    for (;;) {
      const end = this.#bytes.indexOf('\r\n\r\n');
      if (end >= 0 && this.#bytes.length >= end + 4 + bytes)
        return { head: this.#bytes.subarray(0, end).toString(), frames: this.#bytes.subarray(end + 4) };
      await once(this.socket, 'data');
    }
  }
}

function masked(opcode: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = [1, 2, 3, 4];
  const bytes = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.from([0x80 | opcode, 0x80 | payload.length, ...mask, ...bytes]);
}

function openWebSocket(socketPath: string): WebClient {
  const client = new WebClient(socketPath);
  client.socket.write(
    [
      'GET /containers/web/attach/ws?stream=1&stdin=1&stdout=1 HTTP/1.1',
      'Host: x',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${KEY}`,
      '\r\n',
    ].join('\r\n'),
  );
  return client;
}

test('a web socket carries stdin and output, whatever pieces the frames come in', async () => {
  const { socketPath } = await serveEcho();
  const client = openWebSocket(socketPath);
  const { head } = await client.received(0);
  expect(head).toContain('101 Switching Protocols');
  expect(head).toContain(`Sec-WebSocket-Accept: ${ACCEPT}`);
  const message = masked(1, 'hello');
  client.socket.write(message.subarray(0, 3));
  client.socket.write(message.subarray(3));
  expect((await client.received(7)).frames.toString('latin1')).toBe('\x82\x05hello');
  client.socket.write(masked(9, 'you?'));
  expect((await client.received(13)).frames.subarray(7).toString('latin1')).toBe('\x8a\x04you?');
  client.socket.write(masked(8, ''));
  expect((await client.received(17)).frames.subarray(13)[0]).toBe(0x88);
});

test('a frame that is not masked, or too large, ends the web socket', async () => {
  const { socketPath } = await serveEcho();
  for (const bytes of [
    [0x81, 0x01, 0x61],
    [0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4],
  ]) {
    const client = openWebSocket(socketPath);
    await client.received(0);
    client.socket.write(Buffer.from(bytes));
    await once(client.socket, 'close');
  }
});

test('without a handshake, and for a container that is not there, it is an ordinary refusal', async () => {
  const { socketPath } = await serveEcho();
  const text = 'the request is no web socket handshake';
  expect((await call(socketPath, 'GET /containers/web/attach/ws')).json).toMatchObject({ message: text });
  expect(await call(socketPath, 'GET /containers/nobody/attach/ws')).toMatchObject({ status: 404 });
});
