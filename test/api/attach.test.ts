import { expect, test } from 'vitest';
import { demux } from '../../src/client/demux.ts';
import type { LogChunk } from '../../src/engine/engine-api.ts';
import { call, open, raw } from './http.ts';
import { runningContainer, specOf } from './records.ts';
import { serveFake, type Served } from './serve-fake.ts';

const chunk = (stream: LogChunk['stream'], text: string): LogChunk => ({
  stream,
  timeNs: 0n,
  data: Buffer.from(text),
});

/** A process that copies its input, and says who it is on the other stream. */
async function prepare(body: object): Promise<Served> {
  const served = await serveFake();
  served.engine.containers.push(runningContainer('web', { spec: specOf({ OpenStdin: true, ...body }) }));
  served.engine.onAttach = async function* (_options, stdin) {
    yield chunk('stderr', 'here');
    if (stdin) for await (const data of stdin) yield chunk('stdout', String(data));
  };
  return served;
}

const upgrade = (query: string, body = ''): string =>
  [
    `POST /v1.45/containers/web/attach?${query} HTTP/1.1`,
    'Host: docker',
    'Connection: Upgrade',
    'Upgrade: tcp',
    `Content-Length: ${String(body.length)}`,
    '',
    body,
  ].join('\r\n');

test('an attached client sends input after the head, ends it by a half-close, and reads frames', async () => {
  const { socketPath } = await prepare({});
  const query = 'stream=1&stdin=1&stdout=1&stderr=1';
  const bytes = await raw(socketPath, [upgrade(query, '{"stream":true}'), 'typed']);
  const end = bytes.indexOf('\r\n\r\n');
  expect(bytes.subarray(0, end).toString()).toMatch(/^HTTP\/1\.1 101 UPGRADED\r\n[^]*multiplexed-stream/);
  const found: string[] = [];
  async function* source(): AsyncGenerator<Buffer> {
    yield bytes.subarray(end + 4);
  }
  for await (const { stream, data } of demux(source())) found.push(`${stream} ${data.toString()}`);
  expect(found).toEqual(['stderr here', 'stdout typed']);
});

test('with a TTY the stream is raw', async () => {
  const { socketPath } = await prepare({ Tty: true });
  const bytes = await raw(socketPath, [upgrade('stream=1&stdin=1&stdout=1'), 'typed']);
  expect(bytes.toString()).toMatch(/raw-stream[^]*\r\n\r\nheretyped$/);
});

test('without an upgrade the answer is a 200 that ends with the process', async () => {
  const { socketPath } = await prepare({});
  const answer = await open(socketPath, 'POST /containers/web/attach?stream=1&stdout=1&stderr=1');
  expect(answer.statusCode).toBe(200);
  expect(answer.headers).not.toHaveProperty('transfer-encoding');
  const found: string[] = [];
  for await (const { data } of demux(answer)) found.push(data.toString());
  expect(found).toEqual(['here']);
});

test('the engine is told what the client wants', async () => {
  const { socketPath, engine } = await prepare({});
  let seen: object = {};
  engine.onAttach = async function* (options) {
    seen = options;
    yield chunk('stdout', 'x');
  };
  await call(socketPath, 'POST /containers/web/attach?logs=1&stderr=1');
  expect(seen).toMatchObject({ logs: true, stream: false, stdin: false, stdout: false, stderr: true });
});

test('resize hands rows and columns on, and needs both', async () => {
  const { socketPath, engine } = await prepare({ Tty: true });
  expect((await call(socketPath, 'POST /containers/web/resize?h=30&w=90')).status).toBe(200);
  expect(engine.calls).toContain('resize web 30 90');
  expect((await call(socketPath, 'POST /containers/web/resize?h=30')).status).toBe(400);
});

test('attaching to what does not exist is an ordinary 404', async () => {
  const { socketPath } = await serveFake();
  const bytes = await raw(socketPath, [upgrade('stream=1&stdout=1')], { halfClose: false });
  expect(bytes.toString()).toMatch(/^HTTP\/1\.1 404 [^]*No such container: web/);
});
