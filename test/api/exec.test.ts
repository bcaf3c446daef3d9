import { expect, test } from 'vitest';
import type { ExecSpec } from '../../src/engine/engine-api.ts';
import { demux } from '../../src/client/demux.ts';
import { call, open, raw } from './http.ts';
import type { FakeSession } from './fake-session.ts';
import { runningContainer } from './records.ts';
import { serveFake, type Served } from './serve-fake.ts';

/** `cat` copies its input, `big` prints 5 MB, anything else prints its words and fails with 7. */
function play({ argv }: ExecSpec, session: FakeSession): void {
  if (argv[0] === 'cat') {
    session.stdin.on('data', (data: Buffer) => session.stdout.write(data));
    session.stdin.on('end', () => session.end(0));
    return;
  }
  if (argv[0] === 'big') session.stdout.write(Buffer.alloc(5_000_000, 'x'));
  else {
    session.stdout.write(argv.join(' '));
    session.stderr.write('failing');
  }
  session.end(7);
}

async function prepare(body: object): Promise<Served & { id: string }> {
  const served = await serveFake();
  served.engine.containers.push(runningContainer('web'));
  served.engine.onExec = play;
  const exec = { AttachStdin: true, AttachStdout: true, AttachStderr: true, ...body };
  const { json } = await call(served.socketPath, 'POST /containers/web/exec', exec);
  return { ...served, id: (json as { Id: string }).Id };
}

function upgradeRequest(id: string, body: string): string {
  return [
    `POST /v1.45/exec/${id}/start HTTP/1.1`,
    'Host: api.moby.localhost',
    'Connection: Upgrade',
    'Upgrade: tcp',
    'Content-Type: application/json',
    `Content-Length: ${String(body.length)}`,
    '',
    body,
  ].join('\r\n');
}

function split(bytes: Buffer): { head: string; body: Buffer } {
  const end = bytes.indexOf('\r\n\r\n');
  return { head: bytes.subarray(0, end).toString(), body: bytes.subarray(end + 4) };
}

async function frames(body: Buffer): Promise<string[]> {
  const found: string[] = [];
  async function* source(): AsyncGenerator<Buffer> {
    yield body;
  }
  for await (const { stream, data } of demux(source())) found.push(`${stream}: ${data.toString()}`);
  return found.toSorted();
}

const DETACHED_KEYS = '{"Detach":false,"Tty":false}';

test('an upgrade with the body in the same packet is answered by 101 and frames', async () => {
  const { socketPath, id } = await prepare({ Cmd: ['say', 'hello'] });
  const { head, body } = split(
    await raw(socketPath, [upgradeRequest(id, DETACHED_KEYS)], { halfClose: false }),
  );
  expect(head).toMatch(/^HTTP\/1\.1 101 UPGRADED\r\n/);
  expect(head).toContain('Content-Type: application/vnd.docker.multiplexed-stream');
  expect(head.toLowerCase()).toContain('api-version: 1.45');
  expect(await frames(body)).toEqual(['stderr: failing', 'stdout: say hello']);
  expect((await call(socketPath, `GET /exec/${id}/json`)).json).toMatchObject({
    Running: false,
    ExitCode: 7,
  });
});

test('what follows the body is stdin; our half-close ends it, and output still comes', async () => {
  const { socketPath, id } = await prepare({ Cmd: ['cat'] });
  const request = upgradeRequest(id, DETACHED_KEYS);
  const cut = request.length - 5;
  const pieces = [request.slice(0, cut), request.slice(cut) + 'first ', 'second'];
  const { body } = split(await raw(socketPath, pieces));
  expect((await frames(body)).map((text) => text.replace('stdout: ', '')).join('')).toBe('first second');
});

test('with a TTY the stream is raw', async () => {
  const { socketPath, id } = await prepare({ Cmd: ['cat'], Tty: true });
  const { head, body } = split(await raw(socketPath, [upgradeRequest(id, '{"Tty":true}'), 'typed']));
  expect(head).toContain('Content-Type: application/vnd.docker.raw-stream');
  expect(body.toString()).toBe('typed');
});

test('without an upgrade the answer is an unchunked 200 that ends with the connection', async () => {
  const { socketPath, id } = await prepare({ Cmd: ['big'] });
  const answer = await open(socketPath, `POST /exec/${id}/start`, {});
  expect(answer.headers).not.toHaveProperty('transfer-encoding');
  expect(answer.headers.connection).toBe('close');
  let size = 0;
  for await (const { data } of demux(answer)) size += data.length;
  expect(size).toBe(5_000_000);
});

test('a detached exec answers at once', async () => {
  const { socketPath, id } = await prepare({ Cmd: ['big'] });
  expect(await call(socketPath, `POST /exec/${id}/start`, { Detach: true })).toMatchObject({
    status: 200,
    text: '',
  });
});

test('a program that cannot be started is told on the stream and has an exit code', async () => {
  const { socketPath, id } = await prepare({ Cmd: ['nowhere'] });
  const { body } = split(await raw(socketPath, [upgradeRequest(id, DETACHED_KEYS)], { halfClose: false }));
  expect(await frames(body)).toEqual(['stderr: exec: "nowhere": executable file not found in $PATH\r\n']);
  expect((await call(socketPath, `GET /exec/${id}/json`)).json).toMatchObject({ ExitCode: 127 });
});

test('an error of an upgraded request is an ordinary answer', async () => {
  const { socketPath } = await prepare({ Cmd: ['cat'] });
  const { head, body } = split(
    await raw(socketPath, [upgradeRequest('none', DETACHED_KEYS)], { halfClose: false }),
  );
  expect(head).toMatch(/^HTTP\/1\.1 404 /);
  expect(JSON.parse(body.toString())).toMatchObject({ message: 'No such exec instance: none' });
});

test('an exec needs a command and a running container', async () => {
  const { socketPath, engine } = await serveFake();
  engine.containers.push(runningContainer('web'));
  expect(await call(socketPath, 'POST /containers/web/exec', { Cmd: [] })).toMatchObject({
    status: 400,
    json: { message: 'No exec command specified' },
  });
  engine.exit('web', 0);
  expect((await call(socketPath, 'POST /containers/web/exec', { Cmd: ['ls'] })).status).toBe(409);
});

test('a client that vanishes in the middle leaves the engine well', async () => {
  const { socketPath, id, bugs, api } = await prepare({ Cmd: ['big'] });
  const answer = await open(socketPath, `POST /exec/${id}/start`, {});
  answer.destroy();
  await expect.poll(() => api.connections()).toBe(0);
  expect((await call(socketPath, 'GET /_ping')).status).toBe(200);
  expect(bugs).toEqual([]);
});
