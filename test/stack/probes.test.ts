import { expect, test } from 'vitest';
import type { ServiceModel } from '../../src/model/compose.ts';
import { withProbes } from '../../src/stack/probes.ts';
import { shop } from '../plan/situation.ts';

/** The health check that a service of this kind gets. */
function check(probe: unknown, service: Partial<ServiceModel> = {}) {
  const services = { web: { ...service, 'x-probe': probe } };
  return withProbes(shop({ services })).model.services['web']?.healthcheck;
}

test.each([
  [{ tcp: 5432 }, ['TCP', '5432']],
  [{ http: 8080 }, ['HTTP', '8080', '/']],
  [{ http: '8080/health?x=1' }, ['HTTP', '8080', '/health?x=1']],
  [{ http: '/health' }, ['HTTP', '80', '/health']],
  [{ http: 'http://localhost:3000/ok', status: 204 }, ['HTTP', '3000', '/ok', '204']],
  [{ http: 'http://localhost/ok' }, ['HTTP', '80', '/ok']],
  [{ log: 'ready to (accept|serve)' }, ['LOG', 'ready to (accept|serve)']],
])('%j is a test of the engine', (probe, wanted) => {
  expect(check(probe)?.test).toEqual(wanted);
});

test('times may be given, and have defaults that suit what costs nothing', () => {
  expect(check({ tcp: 1, interval: '2s', retries: 7 })).toEqual({
    test: ['TCP', '1'],
    interval: '2s',
    timeout: '5s',
    retries: 7,
    start_period: '1m0s',
    start_interval: '1s',
  });
});

test.each([
  'tcp',
  [],
  {},
  { tcp: 0 },
  { tcp: 70_000 },
  { tcp: 80, http: 80 },
  { http: 'https://localhost/x' },
  { http: '80 /x' },
  { http: '/x y' },
  { tcp: 80, status: 200 },
  { http: 80, status: 99 },
  { log: '(' },
  { log: '' },
  { tcp: 80, interval: 5 },
  { tcp: 80, interval: 'soon' },
  { tcp: 80, retries: 0 },
  { tcp: 80, port: 80 },
])('%j is refused', (probe) => {
  expect(() => check(probe)).toThrow(expect.objectContaining({ code: 'COMPOSE_PROBE_INVALID' }));
});

test('a service has one health check', () => {
  expect(() => check({ tcp: 1 }, { healthcheck: { test: ['CMD', 'true'] } })).toThrow('exclude each other');
});

test('without the key, nothing changes', () => {
  const project = shop({ services: { web: { healthcheck: { test: ['CMD', 'true'] } } } });
  expect(withProbes(project).model).toEqual(project.model);
});
