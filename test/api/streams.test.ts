import { expect, test } from 'vitest';
import { demux } from '../../src/client/demux.ts';
import { call, open } from './http.ts';
import { runningContainer, specOf } from './records.ts';
import { serveFake, type Served } from './serve-fake.ts';

async function serveLogs(tty = false): Promise<Served> {
  const served = await serveFake();
  served.engine.containers.push(runningContainer('web', { spec: specOf({ Tty: tty }) }));
  served.engine.logLines = [
    { stream: 'stdout', timeNs: 1_767_225_600_000_000_001n, data: Buffer.from('one\n') },
    { stream: 'stderr', timeNs: 1_767_225_601_000_000_000n, data: Buffer.from('two ') },
    { stream: 'stderr', timeNs: 1_767_225_601_500_000_000n, data: Buffer.from('parts\n') },
  ];
  return served;
}

async function pieces(source: AsyncIterable<Buffer>): Promise<string[]> {
  const found: string[] = [];
  for await (const { stream, data } of demux(source)) found.push(`${stream}: ${data.toString()}`);
  return found;
}

test('logs come in frames, and with a TTY raw', async () => {
  const { socketPath } = await serveLogs();
  const answer = await open(socketPath, 'GET /containers/web/logs?stdout=1&stderr=1');
  expect(answer.headers['content-type']).toBe('application/vnd.docker.multiplexed-stream');
  expect(await pieces(answer)).toEqual(['stdout: one\n', 'stderr: two ', 'stderr: parts\n']);
  const { socketPath: ttySocket } = await serveLogs(true);
  const raw = await call(ttySocket, 'GET /containers/web/logs?stdout=1&stderr=1');
  expect(raw.text).toBe('one\ntwo parts\n');
  expect(raw.headers['content-type']).toBe('application/vnd.docker.raw-stream');
});

test('timestamps stand before lines, not before parts of one', async () => {
  const { socketPath } = await serveLogs();
  const answer = await open(socketPath, 'GET /containers/web/logs?stdout=1&stderr=1&timestamps=1');
  expect(await pieces(answer)).toEqual([
    'stdout: 2026-01-01T00:00:00.000000001Z one\n',
    'stderr: 2026-01-01T00:00:01.000000000Z two ',
    'stderr: parts\n',
  ]);
});

test('tail=-1 and tail=all are all lines, since takes fractions, stderr alone is possible', async () => {
  const { socketPath } = await serveLogs();
  const count = async (query: string): Promise<number> =>
    (await pieces(await open(socketPath, `GET /containers/web/logs?stdout=1&stderr=1&${query}`))).length;
  expect(await count('tail=-1&since=0')).toBe(3);
  expect(await count('tail=all')).toBe(3);
  expect(await count('tail=1')).toBe(1);
  expect(await count('since=1767225601.25')).toBe(1);
  expect(await pieces(await open(socketPath, 'GET /containers/web/logs?stderr=1'))).toHaveLength(2);
});

test('logs want at least one stream', async () => {
  const { socketPath } = await serveLogs();
  expect(await call(socketPath, 'GET /containers/web/logs')).toMatchObject({
    status: 400,
    json: { message: 'Bad parameters: you must choose at least one stream' },
  });
});

test('a client that leaves a followed log ends the reading behind it', async () => {
  const { socketPath, engine } = await serveLogs();
  const answer = await open(socketPath, 'GET /containers/web/logs?stdout=1&follow=1');
  answer.destroy();
  await expect.poll(() => engine.calls).toContain('logs ended');
});

test('events have old and new names, exact nanoseconds, and headers before the first one', async () => {
  const { socketPath, engine } = await serveLogs();
  const answer = await open(socketPath, 'GET /events');
  const timeNs = BigInt(Date.now() + 1000) * 1_000_000n + 123n;
  const attributes = { name: 'web', image: 'berth/host' };
  engine.eventTopic.publish({ type: 'container', action: 'start', id: 'abc', attributes, timeNs });
  const [text] = await firstChunks(answer, 1);
  expect(text).toContain(`"timeNano":${timeNs.toString()}`);
  expect(JSON.parse(text ?? '')).toMatchObject({
    status: 'start',
    id: 'abc',
    from: 'berth/host',
    Type: 'container',
    Action: 'start',
    Actor: { ID: 'abc', Attributes: attributes },
    scope: 'local',
  });
});

test('events are filtered by type, action, object and label', async () => {
  const { socketPath, engine } = await serveLogs();
  const filters = { type: ['container'], event: ['health_status'], container: ['web'], label: ['a=b'] };
  const answer = await open(socketPath, `GET /events?filters=${encodeURIComponent(JSON.stringify(filters))}`);
  const timeNs = BigInt(Date.now() + 1000) * 1_000_000n;
  const event = { type: 'container', id: 'abc', timeNs } as const;
  const web = { name: 'web', a: 'b' };
  engine.eventTopic.publish({ ...event, action: 'start', attributes: web });
  engine.eventTopic.publish({
    ...event,
    action: 'health_status: healthy',
    attributes: { ...web, name: 'db' },
  });
  engine.eventTopic.publish({ ...event, action: 'health_status: healthy', attributes: { name: 'web' } });
  engine.eventTopic.publish({ ...event, type: 'network', action: 'connect', attributes: web });
  engine.eventTopic.publish({ ...event, action: 'health_status: healthy', attributes: web });
  const [text] = await firstChunks(answer, 1);
  expect(JSON.parse(text ?? '')).toMatchObject({
    Action: 'health_status: healthy',
    Actor: { Attributes: web },
  });
});

test('events of the past are told to a client that asks for them, up to `until`', async () => {
  const { socketPath, engine } = await serveLogs();
  const now = Math.floor(Date.now() / 1000);
  const timesS = [now - 20, now - 10, now - 5, now - 1];
  for (const timeS of timesS) {
    const event = { type: 'container', action: String(timeS), id: 'abc', attributes: {} } as const;
    engine.eventTopic.publish({ ...event, timeNs: BigInt(timeS) * 1_000_000_000n });
  }
  const { text } = await call(socketPath, `GET /events?since=${String(now - 15)}&until=${String(now - 2)}`);
  expect(
    text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { Action: string }).Action),
  ).toEqual([String(now - 10), String(now - 5)]);
});

test('events with `until` end', async () => {
  const { socketPath } = await serveLogs();
  const now = Math.floor(Date.now() / 1000);
  expect(
    await call(socketPath, `GET /events?since=${String(now - 5)}&until=${String(now - 1)}`),
  ).toMatchObject({
    status: 200,
    text: '',
  });
});

async function firstChunks(source: AsyncIterable<Buffer>, count: number): Promise<string[]> {
  const chunks: string[] = [];
  for await (const chunk of source) {
    chunks.push(chunk.toString());
    if (chunks.length === count) break;
  }
  return chunks;
}
