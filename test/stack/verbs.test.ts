import { expect, test } from 'vitest';
import type { ServiceModel } from '../../src/model/compose.ts';
import { setPaused } from '../../src/stack/pause.ts';
import { carryOutStarts, planForRestart, planForStart } from '../../src/stack/start.ts';
import { kill, stop } from '../../src/stack/stop.ts';
import { up } from '../../src/stack/up.ts';
import { shop } from '../plan/situation.ts';
import { FakeEngine } from './fake-engine.ts';

function stackOf(services: Record<string, ServiceModel>) {
  const engine = new FakeEngine();
  const project = shop({ services });
  const { signal } = new AbortController();
  const context = { client: engine.client, project, projectName: 'shop', emit: () => undefined, signal };
  return { engine, context, states: () => [...engine.containers.values()].map(({ status }) => status) };
}

test('what was stopped starts again in the same containers', async () => {
  const { engine, context, states } = stackOf({ web: {}, db: {} });
  await up(context, { services: [] });
  const ids = [...engine.containers.keys()];
  await stop(context, { services: [] });
  expect(states()).toEqual(['exited', 'exited']);
  await carryOutStarts(context, await planForStart(context, { services: [] }));
  expect(states()).toEqual(['running', 'running']);
  expect([...engine.containers.keys()]).toEqual(ids);
});

test('a restart tells what has changed in the file since', async () => {
  const { context } = stackOf({ web: { environment: { WORD: 'hello' } } });
  await up(context, { services: [] });
  const project = shop({ services: { web: { environment: { WORD: 'bye' } } } });
  const plan = await planForRestart({ ...context, project }, { services: [] });
  expect(plan.notes?.map(({ text }) => text)).toEqual([
    'web has changed in the file since it was made (environment.WORD: "hello" → "bye"); `berth up` brings that in',
  ]);
});

test('a signal goes to what runs', async () => {
  const { engine, context } = stackOf({ web: {}, db: {} });
  await up(context, { services: [] });
  engine.calls.length = 0;
  await kill(context, { services: ['web'], signal: 'SIGHUP' });
  expect(engine.calls).toEqual(['kill shop-web-1 SIGHUP']);
});

test('services are held and released', async () => {
  const { context, states } = stackOf({ web: {} });
  await up(context, { services: [] });
  const about = { projectName: 'shop', services: [] };
  expect(await setPaused(context.client, { ...about, paused: true })).toEqual(['shop-web-1']);
  expect(states()).toEqual(['paused']);
  await setPaused(context.client, { ...about, paused: false });
  expect(states()).toEqual(['running']);
});
