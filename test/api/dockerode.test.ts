import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import Docker from 'dockerode';
import { expect, test } from 'vitest';
import { runningContainer } from './records.ts';
import { serveFake, type Served } from './serve-fake.ts';

async function serveDockerode(): Promise<Served & { docker: Docker }> {
  const served = await serveFake();
  served.engine.containers.push(runningContainer('web'));
  return { ...served, docker: new Docker({ socketPath: served.socketPath }) };
}

test('dockerode pings, reads version and info, lists and inspects', async () => {
  const { docker } = await serveDockerode();
  expect(String(await docker.ping())).toBe('OK');
  expect((await docker.version()).ApiVersion).toBe('1.45');
  expect(((await docker.info()) as { ServerVersion: string }).ServerVersion).toBe('0.1.0');
  const [row] = await docker.listContainers({ filters: { status: ['running'] } });
  expect((await docker.getContainer(row?.Id ?? '').inspect()).Name).toBe('/web');
  expect((await docker.getNetwork('bridge').inspect()).IPAM?.Config?.[0]?.Gateway).toBe('172.18.0.1');
});

test('dockerode creates with a body of 200 KB, copied into the query', async () => {
  const { docker, engine } = await serveDockerode();
  const Env = Array.from({ length: 200 }, (_, index) => `K${String(index)}=${'v'.repeat(1000)}`);
  const container = await docker.createContainer({ name: 'big', Image: 'berth/host', Env });
  expect(engine.findContainer(container.id).spec.env).toEqual(Env);
  // Node's client ends such a request with one more, empty write, which must not meet a closed server.
  await docker.ping();
});

test.each([{ hijack: true, stdin: true }, { hijack: false }])('dockerode execs with %o', async (options) => {
  const { docker, engine } = await serveDockerode();
  engine.onExec = (_spec, session) => {
    session.stdout.write('out');
    session.stderr.write('err');
    session.stdin.on('data', (data: Buffer) => session.stdout.write(data));
    session.stdin.on('end', () => session.end(5));
  };
  const exec = await docker
    .getContainer('web')
    .exec({ Cmd: ['x'], AttachStdin: true, AttachStdout: true, AttachStderr: true });
  const stream = await exec.start(options);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, stdout, stderr);
  stream.resume();
  if (options.hijack) stream.end('typed');
  await once(stream, 'end');
  expect(String(stdout.read())).toBe(options.hijack ? 'outtyped' : 'out');
  expect(String(stderr.read())).toBe('err');
  expect((await exec.inspect()).ExitCode).toBe(5);
});

test('dockerode waits, reads logs and follows events', async () => {
  const { docker, engine } = await serveDockerode();
  engine.logLines = [{ stream: 'stdout', timeNs: 1n, data: Buffer.from('line\n') }];
  const logs = await docker.getContainer('web').logs({ stdout: true, stderr: true, tail: -1, since: 0 });
  expect(logs.subarray(8).toString()).toBe('line\n');
  const events = await docker.getEvents({ filters: { type: ['container'] } });
  const attributes = { name: 'web' };
  const timeNs = BigInt(Date.now() + 1000) * 1_000_000n;
  engine.eventTopic.publish({ type: 'container', action: 'die', id: 'a', attributes, timeNs });
  const [line] = (await once(events, 'data')) as [Buffer];
  expect(JSON.parse(line.toString())).toMatchObject({ Action: 'die' });
  if (events instanceof Readable) events.destroy();
  const waiting = docker.getContainer('web').wait();
  await docker.ping();
  engine.exit('web', 4);
  expect(await waiting).toEqual({ StatusCode: 4 });
});

test('dockerode sees statuses: 304 for what is so already, 404 with the text of dockerd', async () => {
  const { docker } = await serveDockerode();
  await expect(docker.getContainer('web').start()).rejects.toMatchObject({ statusCode: 304 });
  await expect(docker.getImage('nope').inspect()).rejects.toMatchObject({
    statusCode: 404,
    json: { message: 'No such image: nope' },
  });
});
