import { expect, test } from 'vitest';
import { processTable } from '../../src/engine/insight.ts';
import { LogReaders } from '../../src/engine/log-readers.ts';

test('a table of processes keeps the wanted ones and the blanks of their commands', () => {
  const text = 'UID   PID CMD\nroot    7 sleep 60 s\nroot    8 other\n';
  expect(processTable(text, new Set([7]))).toEqual({
    titles: ['UID', 'PID', 'CMD'],
    rows: [['root', '7', 'sleep 60 s']],
  });
});

test('a table without pids is refused', () => {
  expect(() => processTable('CMD\nsleep\n', new Set([7]))).toThrow("Couldn't find PID field in ps output");
});

test('a log is settled when its reader is through', async () => {
  const readers = new LogReaders();
  async function* two(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }
  const source = readers.count('c1', two(), new AbortController().signal);
  let isSettled = false;
  const settled = readers.settled('c1').then(() => (isSettled = true));
  const found: number[] = [];
  for await (const value of source) {
    expect(isSettled).toBe(false);
    found.push(value);
  }
  await settled;
  expect(found).toEqual([1, 2]);
});

test('a reader whose client is gone, or that is too slow, holds nothing up', async () => {
  const readers = new LogReaders();
  const gone = new AbortController();
  readers.count('c1', [] as unknown as AsyncIterable<number>, gone.signal);
  await readers.settled('c1', 5);
  gone.abort();
  await readers.settled('c1', 60_000);
});
