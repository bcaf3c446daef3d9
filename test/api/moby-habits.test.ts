import { expect, test } from 'vitest';
import { call } from './http.ts';
import { containerRecord, endpointRecord, runningContainer, specOf } from './records.ts';
import { serveFake } from './serve-fake.ts';

test('a Go client sends null for an empty body', async () => {
  const { socketPath, engine } = await serveFake();
  engine.containers.push(containerRecord('web'));
  expect((await call(socketPath, 'POST /commit?container=web&repo=mine', null)).status).toBe(201);
});

test('every path answers OPTIONS', async () => {
  const { socketPath } = await serveFake();
  expect((await call(socketPath, 'OPTIONS /anything')).status).toBe(200);
});

test.each([
  [
    'POST /v1.41/containers/create',
    { HostConfig: {} },
    'Config cannot be empty in order to create a container',
  ],
  ['POST /v1.45/containers/create', {}, 'config cannot be empty in order to create a container'],
  ['POST /v1.41/containers/create', { Env: ['A=b'] }, 'No command specified'],
  ['GET /v1.41/volumes?filters={"nope":["x"]}', undefined, "Invalid filter 'nope'"],
  ['GET /v1.45/volumes?filters={"nope":["x"]}', undefined, "invalid filter 'nope'"],
  ['GET /v1.45/volumes?filters={"dangling":["x"]}', undefined, "invalid filter 'dangling=x'"],
])('%s is refused in the words of its time', async (line, body, message) => {
  const { socketPath } = await serveFake();
  expect(await call(socketPath, line, body)).toMatchObject({ status: 400, json: { message } });
});

test('clients before 1.45 find the short id among the aliases', async () => {
  const { socketPath, engine } = await serveFake();
  await engine.createNetwork({ ...engine.findNetwork('bridge').spec, name: 'front' });
  const web = runningContainer('web', { endpoints: [endpointRecord(engine.findNetwork('front'), 2)] });
  engine.containers.push(web);
  const aliases = async (version: string): Promise<unknown> => {
    const { json } = await call(socketPath, `GET /${version}/containers/web/json`);
    return (json as { NetworkSettings: { Networks: Record<string, { Aliases: unknown }> } }).NetworkSettings
      .Networks['front']?.Aliases;
  };
  expect(await aliases('v1.44')).toContain(web.id.slice(0, 12));
  expect(await aliases('v1.45')).not.toContain(web.id.slice(0, 12));
});

test('sizes come with size=1 only', async () => {
  const { socketPath, engine } = await serveFake();
  engine.containers.push(runningContainer('web'));
  const [row] = (await call(socketPath, 'GET /containers/json?size=1')).json as object[];
  expect(row).toMatchObject({ SizeRw: 2, SizeRootFs: 1002 });
  expect((await call(socketPath, 'GET /containers/web/json?size=1')).json).toMatchObject({ SizeRw: 2 });
  expect((await call(socketPath, 'GET /containers/web/json')).json).not.toHaveProperty('SizeRw');
});

test('a link is removed by its path', async () => {
  const { socketPath, engine } = await serveFake();
  expect((await call(socketPath, 'DELETE /containers/web/db?link=1')).status).toBe(204);
  expect(engine.removedLinks).toEqual(['web/db']);
});

test('attaching to nobody is told as a line of text', async () => {
  const { socketPath } = await serveFake();
  const answer = await call(socketPath, 'POST /containers/nobody/attach?stream=1');
  expect(answer).toMatchObject({ status: 404, text: 'No such container: nobody\r\n' });
});

test.each(['ctrl-A,a', 'ctrl-p,', 'aa'])('detach keys %s are refused', async (keys) => {
  const { socketPath, engine } = await serveFake();
  engine.containers.push(runningContainer('web'));
  const { status, text } = await call(socketPath, `POST /containers/web/attach?detachKeys=${keys}`);
  expect({ status, text }).toEqual({ status: 400, text: `Invalid detach keys (${keys}) provided\r\n` });
});

test('the details of a log line are what its options name, in order', async () => {
  const { socketPath, engine } = await serveFake();
  const spec = specOf({
    Labels: { foo: 'bar baz', other: 'x' },
    Env: ['BAZ=qux', 'LC_ALL=C'],
    HostConfig: { LogConfig: { Type: 'json-file', Config: { labels: 'foo', 'env-regex': '^BA' } } },
  });
  const web = runningContainer('web', { spec });
  engine.containers.push({ ...web, process: { ...web.process, labels: spec.labels, env: spec.env } });
  engine.logLines = [{ stream: 'stdout', timeNs: 0n, data: Buffer.from('hello\n') }];
  const { text } = await call(socketPath, 'GET /containers/web/logs?stdout=1&details=1');
  expect(text.slice(8)).toBe('BAZ=qux,foo=bar%20baz hello\n');
});

test.each([
  [{ Memory: 4096 }, 'Minimum memory limit allowed is 6MB'],
  [{ MemoryReservation: 4096 }, 'Minimum memory reservation allowed is 6MB'],
  [{ CpuPeriod: -3 }, 'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)'],
  [{ CpusetCpus: '1-42,,' }, 'Invalid value 1-42,, for cpuset cpus'],
  [{ CpusetMems: '3-1' }, 'Invalid value 3-1 for cpuset mems'],
  [{ CpusetCpus: '0,4095' }, 'Requested CPUs are not available - requested 0,4095, available: '],
])('a container with %j is refused', async (HostConfig, message) => {
  const { socketPath } = await serveFake();
  const body = { Image: 'berth/host', HostConfig };
  const { json } = await call(socketPath, 'POST /containers/create', body);
  expect(json).toMatchObject({ message: expect.stringContaining(message) as string });
});

test('a change is checked against the limits that are there', async () => {
  const { socketPath, engine } = await serveFake();
  engine.containers.push(
    containerRecord('web', { spec: specOf({ HostConfig: { Memory: 300 << 20, NanoCpus: 5e8 } }, 'web') }),
  );
  const update = async (body: object): Promise<object> => {
    const { status, json } = await call(socketPath, 'POST /containers/web/update', body);
    return { status, message: (json as { message?: string }).message };
  };
  expect(await update({ Memory: 800 << 20 })).toMatchObject({
    status: 409,
    message: expect.stringContaining('already set memoryswap limit') as string,
  });
  expect(await update({ CpuQuota: 80000 })).toMatchObject({
    status: 409,
    message: 'Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set',
  });
  expect(await update({ MemorySwap: 600 << 20 })).toMatchObject({ status: 200 });
});

test('the configuration that docker-compose 1 reads the volumes from is there for every client', async () => {
  const { socketPath } = await serveFake();
  const { json } = await call(socketPath, 'GET /v1.45/images/berth/host/json');
  expect(json).toMatchObject({ ContainerConfig: { Volumes: null } });
});

test('a link may be written with slashes', () => {
  expect(specOf({ HostConfig: { Links: ['/db:/mysql'] } }, 'web').links).toEqual(['db:mysql']);
});
