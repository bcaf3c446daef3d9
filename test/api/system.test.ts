import { expect, test } from 'vitest';
import { call, open, raw } from './http.ts';
import { serveFake } from './serve-fake.ts';

test('every answer, an error too, carries the headers that clients negotiate with', async () => {
  const { socketPath } = await serveFake();
  for (const line of ['GET /_ping', 'HEAD /_ping', 'GET /v1.41/containers/none/json', 'GET /nowhere']) {
    const { headers } = await call(socketPath, line);
    expect(headers).toMatchObject({
      'api-version': '1.45',
      ostype: 'linux',
      'docker-experimental': 'false',
      server: 'Berth/0.1.0 (linux)',
    });
    expect(headers).not.toHaveProperty('builder-version');
  }
});

test('ping is text without a body for HEAD', async () => {
  const { socketPath } = await serveFake();
  expect(await call(socketPath, 'GET /_ping')).toMatchObject({ status: 200, text: 'OK' });
  const head = await call(socketPath, 'HEAD /_ping');
  expect(head).toMatchObject({ status: 200, text: '' });
  expect(head.headers['content-type']).toContain('text/plain');
});

test('versions from 1.24 to 1.45 are accepted, others refused in the words of dockerd', async () => {
  const { socketPath } = await serveFake();
  for (const version of ['1.24', '1.41', '1.45']) {
    expect((await call(socketPath, `GET /v${version}/version`)).status).toBe(200);
  }
  expect((await call(socketPath, 'GET /v1.23/version')).json).toMatchObject({
    message:
      'client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
    berth: { code: 'API_VERSION', kind: 'engine' },
  });
  expect(await call(socketPath, 'GET /v1.46/version')).toMatchObject({
    status: 400,
    json: { message: 'client version 1.46 is too new. Maximum supported API version is 1.45' },
  });
});

test('info has what testcontainers reads', async () => {
  const { socketPath } = await serveFake();
  const { json } = await call(socketPath, 'GET /info');
  expect(json).toMatchObject({ ServerVersion: '0.1.0', OSType: 'linux' });
  for (const key of [
    'IndexServerAddress',
    'NCPU',
    'MemTotal',
    'OperatingSystem',
    'Architecture',
    'KernelVersion',
  ]) {
    expect(json).toHaveProperty(key);
  }
});

test('a header as large as a body, as dockerode sends it in the query, is accepted', async () => {
  const { socketPath } = await serveFake();
  const query = new URLSearchParams({ Env: 'x'.repeat(200_000) }).toString();
  expect((await call(socketPath, `GET /containers/json?${query}`)).status).toBe(200);
});

test('what does not exist is said: unknown page, missing feature, swarm', async () => {
  const { socketPath } = await serveFake();
  expect(await call(socketPath, 'GET /nowhere')).toMatchObject({
    status: 404,
    json: { message: 'page not found' },
  });
  expect(await call(socketPath, 'GET /images/search?term=x')).toMatchObject({
    status: 501,
    json: { message: 'searching registries is not supported by Berth' },
  });
  expect((await call(socketPath, 'GET /nodes')).status).toBe(503);
});

test('a body that is no JSON, no object, or too large is refused', async () => {
  const { socketPath, bugs } = await serveFake();
  expect((await call(socketPath, 'POST /networks/create', [])).json).toMatchObject({
    message: 'the request body must be a JSON object',
  });
  expect((await call(socketPath, 'POST /networks/create', { Name: 7 })).json).toMatchObject({
    message: 'Name must be a string, got 7',
  });
  const large = await raw(socketPath, [
    'POST /networks/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n',
  ]);
  expect(large.toString()).toMatch(/^HTTP\/1\.1 413 /);
  expect(bugs).toEqual([]);
});

test('stopping the engine answers first', async () => {
  const { socketPath, engine } = await serveFake();
  expect((await call(socketPath, 'POST /berth/stop')).status).toBe(204);
  await expect.poll(() => engine.stopped).toBe(true);
});

test('a hold counts until its connection ends', async () => {
  const { socketPath, engine } = await serveFake();
  const answer = await open(socketPath, 'GET /berth/hold');
  expect(engine.holds).toBe(1);
  answer.destroy();
  await expect.poll(() => engine.holds).toBe(0);
});
