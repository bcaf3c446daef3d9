import { expect, test } from 'vitest';
import { LineReader, secondsAfter } from '../../src/stack/log-lines.ts';
import { logs, type LogsOptions } from '../../src/stack/logs.ts';
import { TimeMerger } from '../../src/stack/time-merger.ts';
import { up } from '../../src/stack/up.ts';
import { shop } from '../plan/situation.ts';
import { FakeEngine } from './fake-engine.ts';

const at = (second: number, text: string) => `2026-11-21T12:00:0${second}.000000000Z ${text}`;

async function running(): Promise<FakeEngine> {
  const engine = new FakeEngine();
  engine.behaviours['web'] = { log: [at(1, 'one'), at(3, 'three')] };
  engine.behaviours['db'] = { log: [at(2, 'two'), at(4, 'four')] };
  const project = shop({ services: { web: {}, db: {} } });
  const signal = new AbortController().signal;
  await up({ client: engine.client, project, emit: () => undefined, signal }, { services: [] });
  return engine;
}

async function texts(engine: FakeEngine, options: Partial<LogsOptions> = {}): Promise<string[]> {
  const signal = new AbortController().signal;
  const lines: string[] = [];
  for await (const line of logs(engine.client, { projectName: 'shop', services: [], signal, ...options })) {
    lines.push(`${line.service}-${line.number} ${line.text}`);
  }
  return lines;
}

test('lines of all services come in the order of time', async () => {
  expect(await texts(await running())).toEqual(['web-1 one', 'db-1 two', 'web-1 three', 'db-1 four']);
});

test('named services alone', async () => {
  expect(await texts(await running(), { services: ['db'] })).toEqual(['db-1 two', 'db-1 four']);
});

test('a followed log is in the order of time too, and ends when nothing runs any more', async () => {
  const engine = await running();
  for (const container of engine.containers.values()) container.status = 'exited';
  expect(await texts(engine, { follow: true })).toEqual([
    'web-1 one',
    'db-1 two',
    'web-1 three',
    'db-1 four',
  ]);
});

test('output of a terminal has no frames and is read all the same', () => {
  const reader = new LineReader();
  expect(reader.push(Buffer.from('2026-11-21T12:00:00.5Z hello\r\n2026-11-21T12:00:01Z wor'))).toEqual([
    { time: '2026-11-21T12:00:00.5Z', stream: 'stdout', text: 'hello' },
  ]);
  expect(reader.end()).toEqual([{ time: '2026-11-21T12:00:01Z', stream: 'stdout', text: 'wor' }]);
});

test('a frame that comes in pieces is one line', () => {
  const reader = new LineReader();
  const data = Buffer.from('2026-11-21T12:00:00Z x\n');
  const header = Buffer.from([2, 0, 0, 0, 0, 0, 0, data.length]);
  const all = Buffer.concat([header, data]);
  expect(reader.push(all.subarray(0, 5))).toEqual([]);
  expect(reader.push(all.subarray(5, 20))).toEqual([]);
  expect(reader.push(all.subarray(20))).toMatchObject([{ stream: 'stderr', text: 'x' }]);
});

test('the moment after a line is one nanosecond later', () => {
  expect(secondsAfter('1970-01-01T00:00:01.999999999Z')).toBe('2.000000000');
  expect(secondsAfter('1970-01-01T00:00:01Z')).toBe('1.000000001');
});

test('items within the window come out by their times', async () => {
  const merger = new TimeMerger<{ time: string }>();
  merger.push({ time: '2' });
  merger.push({ time: '1' });
  merger.end();
  const times: string[] = [];
  for await (const { time } of merger.items()) times.push(time);
  expect(times).toEqual(['1', '2']);
});

test('a failure comes after the items before it', async () => {
  const merger = new TimeMerger<{ time: string }>();
  merger.push({ time: '1' });
  merger.fail(new Error('broken'));
  const times: string[] = [];
  const reading = (async () => {
    for await (const { time } of merger.items()) times.push(time);
  })();
  await expect(reading).rejects.toThrow('broken');
  expect(times).toEqual(['1']);
});
