import { expect, test } from 'vitest';
import type { ObservedState } from '../../src/plan/observed.ts';
import { nothing, shop, upAndRunning, upText } from './situation.ts';

const shared = shop({ services: { app: { network_mode: 'service:db' }, db: {} } });

function without(observed: ObservedState, name: string): ObservedState {
  return { ...observed, containers: observed.containers.filter((container) => container.name !== name) };
}

test('a service can not share the namespace of one that is not there and not part of the run', () => {
  const observed = without(upAndRunning(shared), 'shop-db-1');
  const up = () => upText(shared, observed, { services: ['app'], noDeps: true });
  expect(up).toThrow('service app cannot share network namespace with service db: container missing');
});

test('nor its volumes', () => {
  const project = shop({ services: { app: { volumes_from: ['db:ro'] }, db: {} } });
  const up = () => upText(project, nothing, { services: ['app'], noDeps: true });
  expect(up).toThrow('service app cannot share volume with service db: container missing');
});

test('what is there may be shared without being part of the run', () => {
  const text = upText(shared, upAndRunning(shared), { services: ['app'], noDeps: true });
  expect(text).toContain('nothing to do');
});

test('two services can not have one container name, unless only one is part of the run', () => {
  const project = shop({ services: { a: { container_name: 'x' }, b: { container_name: 'x' } } });
  expect(() => upText(project, nothing)).toThrow('container name "x" is already in use by service a');
  expect(upText(project, nothing, { services: ['b'] })).toContain('create-container x');
});

test('a start interval wants a start period, in the services of the run', () => {
  const project = shop({
    services: { a: { healthcheck: { test: ['CMD', 'x'], start_interval: '1s' } }, b: {} },
  });
  expect(() => upText(project, nothing)).toThrow(
    'start_interval requires healthcheck.start_period to be set',
  );
  expect(upText(project, nothing, { services: ['b'] })).toContain('create-container shop-b-1');
});

test('a project that another folder brought up is told about', () => {
  const project = shop({ services: { web: {} } });
  const text = upText({ ...project, workingDir: '/home/me/shop' }, upAndRunning(project));
  expect(text).toContain('project shop was brought up from /srv/shop before, and this is /home/me/shop');
  expect(upText(project, upAndRunning(project))).not.toContain('was brought up');
});
