import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Project, ServiceModel } from '../../src/model/compose.ts';
import { BerthError } from '../../src/model/errors.ts';
import type { WatchEvent } from '../../src/watch/events.ts';
import type { WatchedReplica, WatchHands } from '../../src/watch/hands.ts';
import { WatchSession } from '../../src/watch/session.ts';

let folder: string;
let calls: string[];
let events: WatchEvent[];
let starting: (replica: WatchedReplica) => void;
let session: WatchSession | undefined;
let failing: string | undefined;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'berth-watch-')));
  [calls, events, failing] = [[], [], undefined];
});

afterEach(async () => {
  await session?.close();
  rmSync(folder, { recursive: true });
});

const hands: WatchHands = {
  replicas: async (service) => [
    { id: `${service}1`, name: `p-${service}-1`, service },
    { id: `${service}2`, name: `p-${service}-2`, service },
  ],
  place: async (container, changes) => {
    for (const { from = '', to } of changes)
      calls.push(`${container} ${from.slice(folder.length + 1)} ${to}`);
    return { written: changes.length, same: 0, removed: 0, absent: 0, failures: [] };
  },
  rebuild: async (service) => {
    calls.push(`rebuild ${service}`);
    if (failing === 'rebuild') throw new Error('no such instruction');
    return '1 of 2 steps from the cache';
  },
  restart: async (service) => void calls.push(`restart ${service}`),
  exec: async (container, { command }, onLine) => {
    calls.push(`exec ${container} ${command.join(' ')}`);
    onLine('did');
    return 0;
  },
  onStart: async (listener) => {
    starting = listener;
    return () => undefined;
  },
};

function write(path: string, text = 'x'): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

type Rule = Record<string, unknown> & { path: string; action: string };

async function begin(rules: readonly Rule[], service: Partial<ServiceModel> = {}): Promise<void> {
  const watch = rules.map((rule) => ({ ...rule, path: `${folder}/${rule.path}` }));
  const model = { name: 'p', services: { web: { ...service, develop: { watch } }, db: {} } };
  const project = { name: 'p', workingDir: folder, model } as unknown as Project;
  session = new WatchSession({ project, services: [], hands, emit: (event) => events.push(event) });
  await session.start();
}

async function until(...expected: string[]): Promise<void> {
  await vi.waitFor(() => expect([...calls].sort()).toEqual([...expected].sort()), { timeout: 5000 });
}

function told(type: WatchEvent['type']): WatchEvent[] {
  return events.filter((event) => event.type === type);
}

describe('a watch session', () => {
  it('syncs what changed to every replica, and takes out what is gone', async () => {
    write('src/a.ts');
    await begin([{ path: 'src', action: 'sync', target: '/app' }]);
    write('src/b/c.ts');
    rmSync(`${folder}/src/a.ts`);
    await until(
      ...['web1', 'web2'].flatMap((id) => [
        `${id} src/a.ts /app/a.ts`,
        `${id} src/b /app/b`,
        `${id} src/b/c.ts /app/b/c.ts`,
      ]),
    );
    await vi.waitFor(() => expect(told('done')).toHaveLength(1));
    expect(told('done')[0]).toMatchObject({ action: 'sync', text: '→ /app of 2 replicas' });
  });

  it('leaves out what is ignored, not included, an editor’s, or in .dockerignore', async () => {
    write('.dockerignore', 'src/secret\n');
    write('src/keep');
    await begin([{ path: 'src', action: 'sync', target: '/app', ignore: ['*.log'], include: '**/*.ts' }], {
      build: { context: folder },
    });
    write('src/a.log');
    write('src/a.css');
    write('src/secret/a.ts');
    write('src/.git/x.ts');
    write('src/a.ts~');
    write('src/deep/a.ts');
    await until('web1 src/deep/a.ts /app/deep/a.ts', 'web2 src/deep/a.ts /app/deep/a.ts');
  });

  it('rebuilds, then syncs, then restarts, then runs each command once a replica', async () => {
    write('src/a');
    await begin(
      [
        { path: 'src', action: 'sync+exec', target: '/app', exec: { command: ['reload'] } },
        { path: 'src', action: 'restart' },
        { path: 'src/a', action: 'rebuild' },
        { path: 'src/b', action: 'sync+restart', target: '/b' },
      ],
      { build: { context: folder } },
    );
    write('src/a', 'y');
    write('src/b', 'y');
    await vi.waitFor(() => expect(calls.at(-1)).toBe('exec web2 reload'), { timeout: 5000 });
    const steps = calls.map((call) => call.replace(/^web.*/, 'sync'));
    expect([...new Set(steps)]).toEqual([
      'rebuild web',
      'sync',
      'restart web',
      'exec web1 reload',
      'exec web2 reload',
    ]);
    expect(steps.filter((step) => step === 'restart web')).toHaveLength(1);
    expect(told('output')).toHaveLength(2);
  });

  it('copies everything that counts at the beginning where initial_sync says so', async () => {
    write('src/a.ts');
    write('src/node_modules/x.js');
    symlinkSync('a.ts', `${folder}/src/link`);
    await begin([
      { path: 'src', action: 'sync', target: '/app/', initial_sync: true, ignore: ['node_modules/'] },
    ]);
    await until(
      ...['web1', 'web2'].flatMap((id) => [`${id} src/a.ts /app/a.ts`, `${id} src/link /app/link`]),
    );
  });

  it('puts what was synced into a replica that starts, and tells it of a new one only', async () => {
    await begin([{ path: 'a', action: 'sync', target: '/a' }]);
    write('a');
    await until('web1 a /a', 'web2 a /a');
    starting({ id: 'web1', name: 'p-web-1', service: 'web' });
    starting({ id: 'web3', name: 'p-web-3', service: 'web' });
    starting({ id: 'db1', name: 'p-db-1', service: 'db' });
    await until('web1 a /a', 'web2 a /a', 'web1 a /a', 'web3 a /a');
    const restored = told('done').filter((event) => event.type === 'done' && event.action === 'restore');
    expect(restored).toMatchObject([{ text: '1 file put into p-web-3, which is new' }]);
  });

  it('goes on after a failure', async () => {
    failing = 'rebuild';
    await begin([{ path: 'a', action: 'rebuild' }], { build: {} });
    write('a');
    await vi.waitFor(() => expect(told('failed')).toHaveLength(1), { timeout: 5000 });
    failing = undefined;
    write('a', 'again');
    await vi.waitFor(() => expect(told('done')).toHaveLength(1), { timeout: 5000 });
  });

  it('leaves a path alone that a bind mount has in the container already, with a warning', async () => {
    write('src/a');
    await begin(
      [
        { path: 'src', action: 'sync', target: '/app/src' },
        { path: 'src', action: 'sync', target: '/other' },
      ],
      { volumes: [{ type: 'bind', source: folder, target: '/app' }] },
    );
    const text = 'web: src is not watched: a bind mount has it at /app/src already';
    expect(told('note')).toEqual([{ type: 'note', level: 'warning', text }]);
    write('src/a', 'y');
    await until('web1 src/a /other/a', 'web2 src/a /other/a');
  });

  it('has nothing to do without rules, and nothing to rebuild without a build', async () => {
    await expect(begin([])).rejects.toThrow(BerthError);
    await expect(begin([{ path: 'a', action: 'rebuild' }])).rejects.toMatchObject({ code: 'WATCH_NO_BUILD' });
  });
});
