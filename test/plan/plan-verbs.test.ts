import { expect, test } from 'vitest';
import { formatOperations } from '../../src/plan/format.ts';
import { planRemove } from '../../src/plan/plan-remove.ts';
import { planRestart } from '../../src/plan/plan-restart.ts';
import { planStart } from '../../src/plan/plan-start.ts';
import { planStop } from '../../src/plan/plan-stop.ts';
import { shop, upAndRunning } from './situation.ts';

const project = shop({
  services: {
    web: { depends_on: { db: { condition: 'service_healthy', required: true, restart: true } } },
    db: { depends_on: { seed: { condition: 'service_completed_successfully', required: true } } },
    seed: {},
  },
});
const stopped = { status: 'exited', exitCode: 143 };
const done = { status: 'exited', exitCode: 0 };
const still = upAndRunning(project, { 'shop-web-1': stopped, 'shop-db-1': stopped, 'shop-seed-1': done });
const running = upAndRunning(project, { 'shop-db-1': { health: 'healthy' }, 'shop-seed-1': done });

function input(observed: typeof running, services: readonly string[] = []) {
  return { projectName: 'shop', project, observed, services };
}

/** Operations without their numbers and causes, blanks made single. */
function steps(plan: Parameters<typeof formatOperations>[0]): string[] {
  const lines = formatOperations(plan).trimEnd().split('\n');
  return lines.map((line) => line.replaceAll(/ {2,}/g, ' | '));
}

test('start waits for what the graph says, and leaves a one-shot that is done', () => {
  expect(steps(planStart(input(still, ['web'])))).toEqual([
    '[1] | start-container shop-db-1 | a start is asked for',
    '[2] | wait-container shop-db-1 healthy | needs 1 | until db is healthy',
    '[3] | start-container shop-web-1 | needs 2 | a start is asked for',
  ]);
});

test('start --wait waits for every service at the end', () => {
  const plan = planStart({ ...input(still), wait: true });
  expect(steps(plan).at(-1)).toContain('wait-container shop-web-1 running');
});

test('start of what runs does nothing', () => {
  expect(planStart(input(running)).operations).toEqual([]);
});

test('a service without a container can not be started', () => {
  const observed = { ...running, containers: [] };
  expect(() => planStart(input(observed, ['web']))).toThrow('service web has no container');
  expect(() => planStart(input(observed, ['wbe']))).toThrow('no such service: wbe');
});

test('restart takes along what depends with restart: true, which stops first and starts last', () => {
  expect(steps(planRestart(input(running, ['db'])))).toEqual([
    '[1] | stop-container shop-web-1 | a restart is asked for',
    '[2] | stop-container shop-db-1 | after 1 | a restart is asked for',
    '[3] | start-container shop-db-1 | needs 2 | a restart is asked for',
    '[4] | wait-container shop-db-1 healthy | needs 3 | until db is healthy',
    '[5] | start-container shop-web-1 | needs 1, 4 | a restart is asked for',
  ]);
});

test('restart --no-deps is about the named services alone', () => {
  const plan = planRestart({ ...input(running, ['db']), noDeps: true });
  expect(plan.changes.map(({ resource }) => resource.name)).toEqual(['shop-db-1']);
});

test('rm leaves what runs unless it is to be stopped', () => {
  expect(planRemove(input(running)).changes.map(({ resource }) => resource.name)).toEqual(['shop-seed-1']);
  expect(steps(planRemove({ ...input(running, ['db']), stop: true }))).toEqual([
    '[1] | stop-container shop-db-1 | a removal is asked for',
    '[2] | remove-container shop-db-1 | needs 1 | a removal is asked for',
  ]);
});

test('stop, start and restart leave one-offs alone', () => {
  const oneOff = { labels: { 'com.docker.compose.service': 'web', 'com.docker.compose.oneoff': 'True' } };
  const observed = upAndRunning(project, { 'shop-web-1': oneOff });
  for (const plan of [planStop(input(observed)), planRestart(input(observed))]) {
    expect(plan.changes.map(({ resource }) => resource.name)).not.toContain('shop-web-1');
  }
});
