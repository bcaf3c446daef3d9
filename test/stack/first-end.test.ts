import { expect, test } from 'vitest';
import { ContainerEvents } from '../../src/stack/container-events.ts';
import { firstEnd, type AbortOn } from '../../src/stack/first-end.ts';
import { up } from '../../src/stack/up.ts';
import { shop } from '../plan/situation.ts';
import { FakeEngine, type Behaviour } from './fake-engine.ts';

const project = shop({
  services: {
    web: { depends_on: { seed: { condition: 'service_completed_successfully', required: true } } },
    seed: {},
    test: {},
  },
});

async function endOf(
  abortOn: AbortOn,
  behaviours: Record<string, Behaviour>,
  from?: string,
): Promise<string> {
  const engine = new FakeEngine();
  Object.assign(engine.behaviours, { seed: { exitCode: 0 }, ...behaviours });
  const { client } = engine;
  const { signal } = new AbortController();
  await up({ client, project, emit: () => undefined, signal }, { services: [] });
  const events = new ContainerEvents(client, project.name);
  const first = firstEnd(client, { project, services: [], events, abortOn, from });
  const { service, exitCode } = await first.finally(() => events.close());
  return `${service} ${exitCode}`;
}

test('any end counts, that of a one-shot too', async () => {
  expect(await endOf('exit', { test: { exitCode: 0 } })).toBe('seed 0');
});

test('of the ends of services, that of a one-shot that did what others wait for does not count', async () => {
  expect(await endOf('exit of a service', { test: { exitCode: 0 } })).toBe('test 0');
});

test('with failures only, an exit code of 0 does not count', async () => {
  expect(await endOf('failure', { test: { exitCode: 0 }, web: { exitCode: 111 } })).toBe('web 111');
});

test('the end of a one-shot counts when its exit code is the one that is wanted', async () => {
  expect(await endOf('exit of a service', {}, 'seed')).toBe('seed 0');
});
