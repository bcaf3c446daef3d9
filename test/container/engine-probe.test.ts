import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { probeByEngine } from '../../src/container/engine-probe.ts';

let folder: string;
let servers: Server[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probe-'));
  servers = [];
});
afterEach(async () => {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true });
});

async function listening(answer: (socket: Socket) => void, host = '127.0.0.1'): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  return String(typeof address === 'object' ? address?.port : 0);
}

function probe(words: readonly string[], signal = new AbortController().signal, afterNs = 0n) {
  const about = { netns: undefined, addresses: ['127.0.0.2'], logPath: join(folder, 'ctr.log'), afterNs };
  return probeByEngine(words, about, signal);
}

const says = (text: string) => (socket: Socket) => void socket.once('data', () => socket.end(text));

test('a port that takes connections is well, also one on an address of the container only', async () => {
  const loopback = await listening((socket) => socket.destroy());
  expect(await probe(['TCP', loopback])).toEqual({
    exitCode: 0,
    output: `port ${loopback} takes connections`,
  });
  const own = await listening((socket) => socket.destroy(), '127.0.0.2');
  expect(await probe(['TCP', own])).toMatchObject({ exitCode: 0 });
});

test('a port where nobody listens is not', async () => {
  expect(await probe(['TCP', '1'])).toEqual({ exitCode: 1, output: 'port 1: nobody listens' });
});

test('an answer is well unless it is an error, or not the status that is wanted', async () => {
  const port = await listening(says('HTTP/1.1 302 Found\r\n\r\n'));
  expect(await probe(['HTTP', port, '/x'])).toEqual({
    exitCode: 0,
    output: `HTTP/1.1 302 Found for /x on port ${port}`,
  });
  expect(await probe(['HTTP', port, '/x', '200'])).toMatchObject({ exitCode: 1 });
  expect(await probe(['HTTP', await listening(says('HTTP/1.0 503 Busy\r\n\r\n')), '/'])).toMatchObject({
    exitCode: 1,
  });
});

test('what speaks no HTTP, and who hangs up, are told apart from an answer', async () => {
  for (const answer of [says('SSH-2.0\n'), says('')]) {
    const outcome = await probe(['HTTP', await listening(answer), '/']);
    expect(outcome).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('does not answer with HTTP') as string,
    });
  }
});

test('a log is waited on until it has the line, and lines of an earlier run do not count', async () => {
  const path = join(folder, 'ctr.log');
  await writeFile(path, '2026-01-01T00:00:00.000000000+00:00 stdout F ready\n');
  const after = BigInt(Date.parse('2026-01-02')) * 1_000_000n;
  const waiting = probe(['LOG', '^rea'], undefined, after);
  await appendFile(path, '2026-01-03T00:00:00.000000000+00:00 stderr F ready now\n');
  expect(await waiting).toEqual({ exitCode: 0, output: 'ready now' });
  expect(await probe(['LOG', 'never'], AbortSignal.timeout(50), after)).toEqual({
    exitCode: 1,
    output: 'no line yet with never',
  });
});
