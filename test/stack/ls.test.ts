import { expect, test } from 'vitest';
import { listProjects } from '../../src/stack/ls.ts';
import { up } from '../../src/stack/up.ts';
import { shop } from '../plan/situation.ts';
import { FakeEngine } from './fake-engine.ts';

test('projects are listed with their files and the states of their containers', async () => {
  const engine = new FakeEngine();
  engine.behaviours['seed'] = { exitCode: 0 };
  const project = shop({ services: { web: {}, db: {}, seed: {} } });
  const { signal } = new AbortController();
  await up({ client: engine.client, project, emit: () => undefined, signal }, { services: [] });
  expect(await listProjects(engine.client, { all: true })).toEqual([
    { name: 'shop', states: { running: 2, exited: 1 }, files: ['/srv/shop/compose.yaml'] },
  ]);
});
