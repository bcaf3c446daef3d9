import { expect, test } from 'vitest';
import { formatOperations } from '../../src/plan/format.ts';
import { planDown } from '../../src/plan/plan-down.ts';
import { planRestart } from '../../src/plan/plan-restart.ts';
import { nothing, shop, upAndRunning, upText } from './situation.ts';

const init = { command: ['migrate'] };
const exec = { command: ['warm-up'] };

/** The operations of a text, without what they need. */
function operations(text: string): string[] {
  const lines = text.split('\n').filter((line) => /^\[\d+\]/.test(line));
  return lines.map((line) => line.replace(/^\[\d+\]\s+/, '').split(/ {3,}/)[0] ?? '');
}

test('pre_start hooks run one after the other, once before the first replica of a service starts', () => {
  const project = shop({ services: { web: { scale: 2, pre_start: [init, init] } } });
  const [, ...lines] = upText(project, nothing).split('[1]');
  expect('\n[1]' + lines.join('[1]')).toBe(`
[1]   create-network shop_default                     not there yet
[2]   create-container shop-web-1        needs 1      not there yet
[3]   run-hook shop-web-1 pre_start[0]   needs 2      before web starts
[4]   run-hook shop-web-1 pre_start[1]   needs 2, 3   before web starts
[5]   start-container shop-web-1         needs 2, 4   not there yet
[6]   create-container shop-web-2        needs 1      not there yet
[7]   start-container shop-web-2         needs 4, 6   not there yet
`);
});

test('a hook of each replica runs before each replica', () => {
  const project = shop({ services: { web: { scale: 2, pre_start: [{ ...init, per_replica: true }] } } });
  expect(operations(upText(project, nothing)).filter((line) => line.startsWith('run-hook'))).toEqual([
    'run-hook shop-web-1 pre_start[0]',
    'run-hook shop-web-2 pre_start[0]',
  ]);
});

test('pre_start hooks do not run when a replica goes on running', () => {
  const project = shop({ services: { web: { pre_start: [init] } } });
  const text = upText(project, upAndRunning(project), { scale: { web: 2 } });
  expect(operations(text)).toEqual(['create-container shop-web-2', 'start-container shop-web-2']);
});

test('pre_start hooks run again when their container was left created by a hook that failed', () => {
  const project = shop({ services: { web: { pre_start: [init] } } });
  const observed = upAndRunning(project, { 'shop-web-1': { status: 'created' } });
  expect(operations(upText(project, observed))).toEqual([
    'run-hook shop-web-1 pre_start[0]',
    'start-container shop-web-1',
  ]);
});

test('a changed hook recreates the service', () => {
  const before = shop({ services: { web: { pre_start: [init] } } });
  const after = shop({ services: { web: { pre_start: [{ command: ['migrate', 'v2'] }] } } });
  expect(upText(after, upAndRunning(before))).toContain('recreate');
});

test('dependents start once the post_start hooks have run', () => {
  const started = { condition: 'service_started', required: true } as const;
  const project = shop({ services: { web: { depends_on: { db: started } }, db: { post_start: [exec] } } });
  expect(upText(project, nothing)).toMatch(/\[4\] +exec-hook shop-db-1 post_start\[0\] +needs 3 /);
  expect(upText(project, nothing)).toMatch(/start-container shop-web-1 +needs 4, 5 /);
});

test('a container is not stopped for its recreation when its pre_stop hook fails', () => {
  const before = shop({ services: { web: { pre_stop: [exec] } } });
  const after = shop({ services: { web: { pre_stop: [exec], environment: { A: '1' } } } });
  expect(upText(after, upAndRunning(before))).toMatch(/stop-container shop-web-1 +needs 1, 2 /);
});

test('down stops a container although its pre_stop hook fails', () => {
  const project = shop({ services: { web: { pre_stop: [exec] } } });
  const plan = planDown({
    projectName: 'shop',
    project,
    observed: upAndRunning(project),
    request: { services: [] },
  });
  expect(formatOperations(plan)).toMatch(/\[2\] +stop-container shop-web-1 +after 1 /);
});

test('a paused container runs no pre_stop hook', () => {
  const project = shop({ services: { web: { pre_stop: [exec] } } });
  const observed = upAndRunning(project, { 'shop-web-1': { status: 'paused' } });
  const plan = planDown({ projectName: 'shop', project, observed, request: { services: [] } });
  expect(operations(formatOperations(plan))[0]).toBe('stop-container shop-web-1');
});

test('a restart runs the hooks at both ends', () => {
  const project = shop({ services: { web: { pre_stop: [exec], post_start: [exec] } } });
  const plan = planRestart({ projectName: 'shop', project, observed: upAndRunning(project), services: [] });
  expect(operations(formatOperations(plan))).toEqual([
    'exec-hook shop-web-1 pre_stop[0]',
    'stop-container shop-web-1',
    'start-container shop-web-1',
    'exec-hook shop-web-1 post_start[0]',
  ]);
});
