import { request } from 'node:http';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { goMode } from '../../src/api/mapping/go-mode.ts';
import { call } from './http.ts';
import { serveFake } from './serve-fake.ts';

test('what stands at a path comes in a header, as Go writes it', async () => {
  const { socketPath } = await serveFake();
  const { headers, status } = await call(socketPath, 'HEAD /containers/web/archive?path=/etc/hosts');
  const stat = Buffer.from(String(headers['x-docker-container-path-stat']), 'base64').toString();
  expect(status).toBe(200);
  expect(JSON.parse(stat)).toEqual({
    name: 'hosts',
    size: 3,
    mode: 2 ** 23 + 0o644,
    mtime: '1970-01-01T00:00:01.000000000Z',
    linkTarget: '',
  });
});

test('an archive is streamed behind the same header', async () => {
  const { socketPath } = await serveFake();
  const { headers, text } = await call(socketPath, 'GET /containers/web/archive?path=etc');
  expect(headers).toMatchObject({ 'content-type': 'application/x-tar' });
  expect(headers).toHaveProperty('x-docker-container-path-stat');
  expect(text).toBe('tar of /etc');
  expect((await call(socketPath, 'GET /containers/web/export')).text).toBe('all');
  expect((await call(socketPath, 'GET /containers/web/archive')).status).toBe(400);
});

test('an archive that is put is read to its end', async () => {
  const { socketPath, engine } = await serveFake();
  const path = '/containers/web/archive?path=/srv&noOverwriteDirNonDir=true';
  const outgoing = request({ socketPath, method: 'PUT', path });
  // Node writes once more after the body; the server must not be gone by then.
  const finished = once(outgoing, 'finish');
  outgoing.end(Buffer.alloc(300_000));
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  answer.resume();
  await finished;
  expect(answer.statusCode).toBe(200);
  expect(engine.calls).toContain('unpack /srv 300000 true');
});

test('kinds have the bits that Go gives them', () => {
  expect(goMode({ kind: 'folder', mode: 0o1777 })).toBe(2 ** 31 + 2 ** 20 + 0o777);
  expect(goMode({ kind: 'link', mode: 0o777 })).toBe(2 ** 27 + 0o777);
});

test('a client that still sends what was refused gets the answer, not a broken pipe', async () => {
  const { socketPath } = await serveFake();
  const outgoing = request({ socketPath, method: 'PUT', path: '/containers/web/archive' });
  const errors: unknown[] = [];
  outgoing.on('error', (error) => errors.push(error));
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  outgoing.write(Buffer.alloc(100_000));
  const [answer] = await answered;
  for (let sent = 0; sent < 20; sent++) {
    await new Promise((resolve) => outgoing.write(Buffer.alloc(100_000), resolve));
  }
  outgoing.end();
  await once(outgoing, 'finish');
  answer.resume();
  expect(answer.statusCode).toBe(400);
  expect(errors).toEqual([]);
});

test('files of the machine are copied by name, and places must be whole paths', async () => {
  const { socketPath, engine } = await serveFake();
  const changes = [{ from: '/src/a', to: '/app/a' }, { to: '/app/b' }];
  const path = 'POST /berth/containers/web/copies';
  const answer = await call(socketPath, path, { changes });
  expect(JSON.parse(answer.text)).toMatchObject({ written: 2, failures: [] });
  expect(engine.fileChanges).toEqual(changes);
  expect((await call(socketPath, path, { changes: [{ to: 'app' }] })).status).toBe(400);
});
