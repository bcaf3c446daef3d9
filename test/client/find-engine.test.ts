import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { type ConnectOptions, connectEngine } from '../../src/client/find-engine.ts';
import { runningContainer } from '../api/records.ts';
import { serveFake } from '../api/serve-fake.ts';

const PROGRAM = fileURLToPath(new URL('engine-program.js', import.meta.url));

function prepare(mode: string, version = '1'): ConnectOptions & { runRoot: string } {
  const runRoot = mkdtempSync(join(tmpdir(), 'berth-find-'));
  onTestFinished(async () => {
    for (const pid of startedIn(runRoot)) await end(pid);
    rmSync(runRoot, { recursive: true, force: true });
  });
  const program = [process.execPath, PROGRAM, mode, version];
  return { root: `${runRoot}/root`, runRoot, spawn: true, program };
}

function startedIn(runRoot: string): number[] {
  try {
    const lines = readFileSync(`${runRoot}/starts`, 'utf8').trim().split('\n');
    return lines.map((line) => Number.parseInt(line, 10));
  } catch {
    return [];
  }
}

async function end(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGTERM');
    await expect.poll(() => isGone(pid)).toBe(true);
  } catch {
    // It has ended by itself.
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

test('where no engine runs, one is started: detached, in /, with its roots', async () => {
  const options = prepare('ready');
  const client = await connectEngine(options);
  expect((await client.own.status()).pid).toBe(startedIn(options.runRoot)[0]);
  const [line] = readFileSync(`${options.runRoot}/starts`, 'utf8').split('\n');
  expect(line).toContain(` / --root ${options.root} --run-root ${options.runRoot} engine run --detached`);
});

test('a running engine is used; a socket that nobody serves is not', async () => {
  const options = prepare('ready');
  writeFileSync(`${options.runRoot}/docker.sock`, '');
  await connectEngine(options);
  await connectEngine(options);
  expect(startedIn(options.runRoot)).toHaveLength(1);
});

test('commands that start at the same time end with the same engine', async () => {
  const options = prepare('ready');
  const clients = await Promise.all([1, 2, 3].map(() => connectEngine(options)));
  const pids = await Promise.all(clients.map(async (client) => (await client.own.status()).pid));
  expect(new Set(pids).size).toBe(1);
});

test('without leave to start one, the error says that none runs', async () => {
  await expect(connectEngine({ ...prepare('ready'), spawn: false })).rejects.toMatchObject({
    code: 'ENGINE_NOT_RUNNING',
    exitCode: 3,
  });
});

test('what kept an engine from starting is the error of the command', async () => {
  await expect(connectEngine(prepare('error'))).rejects.toMatchObject({
    code: 'HOST_PROGRAM_MISSING',
    message: 'iptables is missing',
    hint: 'apt-get install iptables',
  });
});

test('an engine that dies without a word leaves the tail of its log', async () => {
  await expect(connectEngine(prepare('dies'))).rejects.toMatchObject({
    code: 'ENGINE_NOT_STARTED',
    stderr: 'the last words',
  });
});

test('an engine that stays silent is given up after the wait', async () => {
  await expect(connectEngine({ ...prepare('silent'), waitMs: 200 })).rejects.toMatchObject({
    code: 'ENGINE_NOT_STARTED',
  });
});

test('an idle engine of another version is replaced', async () => {
  const old = prepare('ready', '1');
  const first = await connectEngine(old);
  const { pid } = await first.own.status();
  first.close();
  const client = await connectEngine({
    ...old,
    version: '2',
    program: [process.execPath, PROGRAM, 'ready', '2'],
  });
  const status = await client.own.status();
  expect(status).toMatchObject({ version: '2' });
  expect(status.pid).not.toBe(pid);
  expect(client.notes).toEqual([]);
});

test('a busy engine of another version is kept, with a note', async () => {
  const { engine, socketPath } = await serveFake();
  engine.containers.push(runningContainer('web'));
  const runRoot = socketPath.replace('/docker.sock', '');
  const client = await connectEngine({ root: '/none', runRoot, spawn: true, version: '9.9.9' });
  expect(client.notes).toEqual([expect.stringContaining('version 0.1.0, this command is 9.9.9')]);
});

test('BERTH_HOST names another engine, as unix://PATH', async () => {
  const { socketPath } = await serveFake();
  const options = { root: '/none', runRoot: '/none', spawn: false };
  const client = await connectEngine({ ...options, host: `unix://${socketPath}` });
  expect(client.socketPath).toBe(socketPath);
  await expect(connectEngine({ ...options, host: 'tcp://1.2.3.4:2375' })).rejects.toMatchObject({
    code: 'BERTH_HOST_ADDRESS',
  });
});

test('connecting to a running engine takes one short round trip', async () => {
  const { socketPath } = await serveFake();
  const runRoot = socketPath.replace('/docker.sock', '');
  const timesMs: number[] = [];
  for (let round = 0; round < 30; round += 1) {
    const began = performance.now();
    const client = await connectEngine({ root: '/none', runRoot, spawn: false });
    timesMs.push(performance.now() - began);
    client.close();
  }
  const median = timesMs.toSorted((one, other) => one - other)[15] ?? Infinity;
  expect(median).toBeLessThan(10);
});
