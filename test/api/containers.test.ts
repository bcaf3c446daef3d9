import { expect, test } from 'vitest';
import { call, open } from './http.ts';
import { containerRecord, endpointRecord, runningContainer, specOf } from './records.ts';
import { serveFake, type Served } from './serve-fake.ts';

async function serveShop(): Promise<Served> {
  const served = await serveFake();
  const { engine } = served;
  await engine.createNetwork({ ...engine.findNetwork('bridge').spec, name: 'front' });
  const labels = { project: 'shop', service: 'web' };
  engine.containers.push(
    runningContainer('shop-web-1', {
      spec: specOf({ Labels: labels, ExposedPorts: { '81/tcp': {} } }, 'shop-web-1'),
      endpoints: [endpointRecord(engine.findNetwork('front'), 2)],
      publishedPorts: [
        { containerPort: 80, protocol: 'tcp', hostIp: '::', hostPort: 8080 },
        { containerPort: 80, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080 },
        { containerPort: 53, protocol: 'udp', hostIp: '127.0.0.1', hostPort: 5353 },
      ],
    }),
    containerRecord('shop-db-1', { created: '2026-01-02T00:00:00.000000000Z' }),
  );
  return served;
}

async function names(socketPath: string, query: Record<string, string>): Promise<string[]> {
  const { json } = await call(socketPath, `GET /containers/json?${new URLSearchParams(query).toString()}`);
  return (json as { Names: string[] }[]).flatMap(({ Names }) => Names);
}

test('the list has running containers, or all of them newest first', async () => {
  const { socketPath } = await serveShop();
  expect(await names(socketPath, {})).toEqual(['/shop-web-1']);
  expect(await names(socketPath, { limit: '-1' })).toEqual(['/shop-web-1']);
  expect(await names(socketPath, { all: '1' })).toEqual(['/shop-db-1', '/shop-web-1']);
  expect(await names(socketPath, { limit: '1' })).toEqual(['/shop-db-1']);
});

test('filters work in both forms', async () => {
  const { socketPath } = await serveShop();
  for (const filters of ['{"label":["project=shop"]}', '{"label":{"project=shop":true}}']) {
    expect(await names(socketPath, { all: '1', filters })).toEqual(['/shop-web-1']);
  }
});

test.each([
  ['{"name":["db"]}', ['/shop-db-1']],
  ['{"name":["^/shop-web-1$"]}', ['/shop-web-1']],
  ['{"status":["created"]}', ['/shop-db-1']],
  ['{"network":["front"]}', ['/shop-web-1']],
  ['{"publish":["8080"]}', ['/shop-web-1']],
  ['{"expose":["80-90/tcp"]}', ['/shop-web-1']],
  ['{"ancestor":["berth/host"]}', ['/shop-db-1', '/shop-web-1']],
  ['{"ancestor":["other"]}', []],
  ['{"health":["healthy"]}', []],
  ['{"before":["shop-db-1"]}', ['/shop-web-1']],
  ['{"label!":["project"]}', ['/shop-db-1']],
  ['{"label":["project=shop","service=db"]}', []],
])('filter %s', async (filters, expected) => {
  const { socketPath } = await serveShop();
  expect(await names(socketPath, { all: '1', filters })).toEqual(expected);
});

test('an unknown filter is an error', async () => {
  const { socketPath } = await serveShop();
  expect(await call(socketPath, 'GET /containers/json?filters={%22nmae%22:[%22x%22]}')).toMatchObject({
    status: 400,
    json: { message: "invalid filter 'nmae'" },
  });
});

test('a row has sorted ports, a status in words and the aliases that were asked for', async () => {
  const { socketPath } = await serveShop();
  const { json } = await call(socketPath, 'GET /containers/json');
  expect(json).toMatchObject([
    {
      Image: 'berth/host',
      Command: 'sleep 1d',
      State: 'running',
      Status: 'Up 3 minutes',
      Ports: [
        { IP: '127.0.0.1', PrivatePort: 53, PublicPort: 5353, Type: 'udp' },
        { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
        { IP: '::', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
        { PrivatePort: 81, Type: 'tcp' },
      ],
      NetworkSettings: {
        Networks: { front: { IPAddress: '172.18.0.2', Aliases: ['web'] } },
      },
    },
  ]);
});

test('inspect finds by name, id and prefix, and has ports, state and addresses', async () => {
  const { socketPath, engine } = await serveShop();
  const { id } = engine.findContainer('shop-web-1');
  for (const name of ['shop-web-1', id, id.slice(0, 12)]) {
    expect((await call(socketPath, `GET /containers/${name}/json`)).json).toMatchObject({
      Id: id,
      Name: '/shop-web-1',
      State: { Status: 'running', Running: true, Pid: 4242 },
      HostConfig: { NetworkMode: 'bridge', RestartPolicy: { Name: 'no' } },
      Config: { Tty: false, Labels: { project: 'shop' } },
      NetworkSettings: {
        SandboxKey: `/run/fake/netns/${id.slice(0, 12)}`,
        Ports: {
          '53/udp': [{ HostIp: '127.0.0.1', HostPort: '5353' }],
          '80/tcp': [
            { HostIp: '::', HostPort: '8080' },
            { HostIp: '0.0.0.0', HostPort: '8080' },
          ],
          '81/tcp': null,
        },
      },
    });
  }
});

test('a container that is not there has the text that clients match', async () => {
  const { socketPath } = await serveShop();
  expect(await call(socketPath, 'GET /containers/none/json')).toMatchObject({
    status: 404,
    json: { message: 'No such container: none', berth: { code: 'CONTAINER_NOT_FOUND', kind: 'engine' } },
  });
});

test('create answers 201 with id and warnings; an image that is not there is 404', async () => {
  const { socketPath, engine } = await serveFake();
  const created = await call(socketPath, 'POST /containers/create?name=one', { Image: 'berth/host' });
  expect(created).toMatchObject({ status: 201, json: { Id: engine.findContainer('one').id, Warnings: [] } });
  expect(await call(socketPath, 'POST /containers/create', { Image: 'nope' })).toMatchObject({
    status: 404,
    json: { message: 'No such image: nope', berth: { hint: 'berth image ls' } },
  });
});

test('start and stop answer 204, and 304 when it is so already', async () => {
  const { socketPath, engine } = await serveShop();
  expect((await call(socketPath, 'POST /containers/shop-db-1/start')).status).toBe(204);
  expect((await call(socketPath, 'POST /containers/shop-db-1/start')).status).toBe(304);
  expect((await call(socketPath, 'POST /containers/shop-db-1/stop?t=3&signal=SIGINT')).status).toBe(204);
  expect((await call(socketPath, 'POST /containers/shop-db-1/stop')).status).toBe(304);
  expect(engine.calls).toContain('stop shop-db-1 {"timeoutSeconds":3,"signal":"SIGINT"}');
});

test('kill, rename, restart, remove pass their options on', async () => {
  const { socketPath, engine } = await serveShop();
  expect((await call(socketPath, 'POST /containers/shop-web-1/kill?signal=HUP')).status).toBe(204);
  expect((await call(socketPath, 'POST /containers/shop-web-1/restart?t=0')).status).toBe(204);
  expect((await call(socketPath, 'POST /containers/shop-web-1/rename?name=w')).status).toBe(204);
  expect((await call(socketPath, 'DELETE /containers/w?force=1&v=true')).status).toBe(204);
  expect(engine.calls).toEqual([
    'kill shop-web-1 HUP',
    'restart shop-web-1 {"timeoutSeconds":0}',
    'remove w {"force":true,"volumes":true}',
  ]);
});

test('wait sends its headers at once and the exit code when it comes', async () => {
  const { socketPath, engine } = await serveShop();
  const answer = await open(socketPath, 'POST /containers/shop-web-1/wait?condition=next-exit');
  expect(answer.statusCode).toBe(200);
  engine.exit('shop-web-1', 7);
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk as string;
  expect(JSON.parse(text)).toEqual({ StatusCode: 7 });
});

test('a wait whose client is gone ends', async () => {
  const { socketPath, engine } = await serveShop();
  const answer = await open(socketPath, 'POST /containers/shop-web-1/wait');
  answer.destroy();
  engine.exit('shop-web-1', 1);
  expect((await call(socketPath, 'POST /containers/shop-web-1/wait')).json).toEqual({ StatusCode: 1 });
});
