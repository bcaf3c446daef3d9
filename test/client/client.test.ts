import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { EngineClient } from '../../src/client/client.ts';
import { demux, demuxStream } from '../../src/client/demux.ts';
import { jsonLines } from '../../src/client/json-lines.ts';
import { EngineError, HostError, ServiceError } from '../../src/model/errors.ts';
import { runningContainer } from '../api/records.ts';
import { serveFake, type Served } from '../api/serve-fake.ts';

async function serveClient(): Promise<Served & { client: EngineClient }> {
  const served = await serveFake();
  served.engine.containers.push(runningContainer('web'));
  return { ...served, client: new EngineClient(served.socketPath) };
}

test('containers are created, listed, inspected, stopped, removed', async () => {
  const { client, engine } = await serveClient();
  const container = await client.createContainer({ name: 'one', Image: 'berth/host', Labels: { a: 'b' } });
  expect(container.id).toBe(engine.findContainer('one').id);
  expect(engine.specs[0]).toMatchObject({ name: 'one', image: 'berth/host', labels: { a: 'b' } });
  await container.start();
  await container.start();
  expect(await client.listContainers({ filters: { label: ['a=b'] } })).toMatchObject([{ Names: ['/one'] }]);
  expect((await container.inspect()).State.Running).toBe(true);
  await container.stop({ t: 1 });
  await container.stop();
  await container.rename({ name: 'two' });
  await container.remove({ force: true, v: true });
  expect(await client.listContainers()).toMatchObject([{ Names: ['/web'] }]);
});

test('an exec carries stdin and output, half-closes, and has an exit code', async () => {
  const { client, engine } = await serveClient();
  engine.onExec = (_spec, session) => {
    session.stderr.write('ready ');
    session.stdin.on('data', (data: Buffer) => session.stdout.write(data.toString().toUpperCase()));
    session.stdin.on('end', () => session.end(3));
  };
  const exec = await client.getContainer('web').exec({
    Cmd: ['shout'],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  stream.end('hello');
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  await demuxStream(stream, stdout, stderr);
  expect(String(stdout.read())).toBe('HELLO');
  expect(String(stderr.read())).toBe('ready ');
  expect((await client.getExec(exec.id).inspect()).ExitCode).toBe(3);
  await exec.resize({ h: 24, w: 80 });
});

test('logs are a buffer, or a stream that an abort ends', async () => {
  const { client, engine } = await serveClient();
  engine.logLines = [{ stream: 'stdout', timeNs: 1n, data: Buffer.from('line\n') }];
  const container = client.getContainer('web');
  const all = await container.logs({ stdout: true, stderr: true });
  expect(all.subarray(8).toString()).toBe('line\n');
  const ending = new AbortController();
  const stream = await container.logs({ stdout: true, follow: true, abortSignal: ending.signal });
  for await (const { data } of demux(stream)) {
    expect(data.toString()).toBe('line\n');
    break;
  }
  ending.abort();
  await expect.poll(() => engine.calls).toContain('logs ended');
});

test('wait resolves with the exit code, and an abort rejects with its reason', async () => {
  const { client, engine } = await serveClient();
  const exit = client.getContainer('web').wait({ condition: 'next-exit' });
  const ending = new AbortController();
  const aborted = client.getContainer('web').wait({ condition: 'next-exit', abortSignal: ending.signal });
  ending.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  await expect.poll(() => engine.calls).toBeDefined();
  await client.ping();
  engine.exit('web', 9);
  expect(await exit).toEqual({ StatusCode: 9 });
});

test('networks, volumes and images', async () => {
  const { client, engine } = await serveClient();
  const network = await client.createNetwork({
    Name: 'front',
    IPAM: { Config: [{ Subnet: '10.1.0.0/24' }] },
    Options: { 'com.docker.network.bridge.name': 'br0' },
  });
  expect(engine.networkSpecs[0]).toMatchObject({ driver: 'bridge', ipam: [{ subnet: '10.1.0.0/24' }] });
  await network.connect({ Container: 'web', EndpointConfig: { Aliases: ['w'] } });
  await network.disconnect({ Container: 'web', Force: true });
  expect((await network.inspect()).Name).toBe('front');
  expect(await client.listNetworks({ filters: { name: ['front'] } })).toHaveLength(1);
  expect(await client.pruneNetworks()).toEqual({ NetworksDeleted: ['front'] });
  await network.remove();
  const volume = await client.createVolume({ Name: 'data', Labels: { a: 'b' } });
  expect((await volume.inspect()).Mountpoint).toContain('/data/_data');
  expect((await client.listVolumes({ filters: { label: ['a'] } })).Volumes).toHaveLength(1);
  await client.getVolume('data').remove();
  expect(await client.listImages({ filters: { reference: ['berth/*'] } })).toHaveLength(1);
  const image = client.getImage('berth/host:latest');
  expect((await image.inspect()).RepoTags).toEqual(['berth/host:latest']);
  await image.tag({ repo: 'mine', tag: '2' });
  expect(engine.calls).toContain('tag berth/host:latest mine:2');
  expect(await image.remove()).toContainEqual({ Untagged: 'berth/host:latest' });
});

test('archives are streamed, and the answers are lines', async () => {
  const { client, engine } = await serveClient();
  const load = await client.loadImage(Readable.from([Buffer.alloc(100_000)]));
  expect(await all(jsonLines(load))).toEqual([{ stream: 'Loaded image: loaded:100000\n' }]);
  await expect(client.loadImage(Readable.from([]))).rejects.toThrow('the archive is empty');
  const imported = await client.importImage(Readable.from([Buffer.alloc(5)]), { repo: 'root', tag: 'v1' });
  expect(await all(jsonLines(imported))).toEqual([{ status: `sha256:${'1'.repeat(64)}` }]);
  expect(engine.calls).toContain('import root:v1 5');
});

test('refusals are rebuilt by class, with code, hint, command and log', async () => {
  const { client, engine } = await serveClient();
  await expect(client.getContainer('none').inspect()).rejects.toThrow(
    expect.objectContaining({ constructor: EngineError, status: 404, code: 'CONTAINER_NOT_FOUND' }),
  );
  engine.killContainer = async () => {
    throw new HostError('HOST_COMMAND_FAILED', 'no', { command: 'kill', stderr: 'oh', hint: 'retry' });
  };
  await expect(client.getContainer('web').kill()).rejects.toThrow(
    expect.objectContaining({ constructor: HostError, command: 'kill', stderr: 'oh', hint: 'retry' }),
  );
  engine.restartContainer = async () => {
    throw new ServiceError('SERVICE_EXITED', 'it left', { logTail: ['last words'] });
  };
  await expect(client.getContainer('web').restart()).rejects.toThrow(
    expect.objectContaining({ constructor: ServiceError, exitCode: 4, logTail: ['last words'] }),
  );
});

test('an engine that is not there, or hangs up, is a host error that says what to do', async () => {
  const { client, engine, api } = await serveClient();
  await expect(new EngineClient('/nowhere/docker.sock').ping()).rejects.toThrow(
    expect.objectContaining({ code: 'ENGINE_NOT_RUNNING', exitCode: 3 }),
  );
  engine.restartContainer = async () => {
    await api.close();
  };
  await expect(client.getContainer('web').restart()).rejects.toThrow(
    expect.objectContaining({ code: 'ENGINE_GONE' }),
  );
});

test('our extension: status, progress, expansion, hold, stop', async () => {
  const { client, engine } = await serveClient();
  expect(await client.own.status()).toEqual(engine.status());
  const ending = new AbortController();
  const steps = await client.own.openProgress(ending.signal);
  const step = {
    type: 'step',
    object: 'container',
    name: 'web',
    operation: 'start',
    step: 'veth eth0',
    title: 'endpoint',
    status: 'done',
  } as const;
  engine.stepTopic.publish(step);
  for await (const found of steps) {
    expect(found).toEqual(step);
    break;
  }
  ending.abort();
  const { release } = await client.own.hold();
  expect(engine.holds).toBe(1);
  release();
  await expect.poll(() => engine.holds).toBe(0);
});

test('stop resolves when the engine is gone', async () => {
  const { client, engine, api } = await serveClient();
  let closed = false;
  engine.stop = async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    closed = true;
    await api.close();
  };
  await client.own.stop();
  expect(closed).toBe(true);
});

test('operations of a plan are expanded with the specs of their bodies, those without steps in their place', async () => {
  const { client, engine } = await serveClient();
  const resource = { kind: 'container', name: 'shop-web-1', key: 'web' } as const;
  const common = { needs: [], cause: { text: 'new' } };
  const expanded = await client.own.expand([
    {
      ...common,
      id: 1,
      resource: { kind: 'network', name: 'shop_front', key: 'front' },
      detail: { kind: 'create-network', body: { Internal: true } },
    },
    {
      ...common,
      id: 2,
      resource,
      detail: { kind: 'create-container', body: { Image: 'redis', Cmd: ['x'] } },
    },
    { ...common, id: 3, resource, detail: { kind: 'wait-container', condition: 'healthy' } },
    { ...common, id: 4, resource, detail: { kind: 'start-container' } },
  ]);
  expect(expanded.map(({ id, steps }) => [id, steps.map(({ command }) => command)])).toEqual([
    [1, ['create-network']],
    [2, ['create-container']],
    [3, []],
    [4, ['start-container']],
  ]);
  expect(engine.expandRequests).toMatchObject([
    { id: 1, spec: { name: 'shop_front', internal: true } },
    { id: 2, spec: { name: 'shop-web-1', image: 'redis', command: ['x'] } },
    { id: 4, kind: 'start-container', name: 'shop-web-1' },
  ]);
});

test('what would keep operations from being done comes back as errors, by operation', async () => {
  const { client, engine } = await serveClient();
  engine.problems = [{ id: 4, error: new HostError('PORT_TAKEN', 'port 80 is taken', { hint: 'free it' }) }];
  const [problem] = await client.own.preflight([
    {
      id: 4,
      resource: { kind: 'container', name: 'shop-web-1', key: 'web' },
      detail: { kind: 'start-container' },
      needs: [],
      cause: { text: 'new' },
    },
  ]);
  expect(problem).toMatchObject({ id: 4, error: { code: 'PORT_TAKEN', hint: 'free it' } });
  expect(problem?.error).toBeInstanceOf(HostError);
});

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of source) found.push(value);
  return found;
}
