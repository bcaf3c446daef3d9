import { expect, test } from 'vitest';
import type { DependencyModel } from '../../src/model/compose.ts';
import { BerthError } from '../../src/model/errors.ts';
import { nothing, shop, upText } from './situation.ts';

const started: DependencyModel = { condition: 'service_started', required: true };

function refusal(work: () => unknown): BerthError {
  try {
    work();
  } catch (error) {
    if (error instanceof BerthError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('a cycle is named in full', () => {
  const project = shop({
    services: {
      a: { depends_on: { b: started } },
      b: { depends_on: { c: started } },
      c: { depends_on: { b: started } },
    },
  });
  const error = refusal(() => upText(project, nothing));
  expect(error).toMatchObject({ code: 'DEPENDENCY_CYCLE', exitCode: 2 });
  expect(error.message).toBe('dependency cycle: b → c → b');
  expect(error.at).toBeDefined();
});

test('a service that depends on itself is a cycle', () => {
  const project = shop({ services: { a: { network_mode: 'service:a' } } });
  expect(refusal(() => upText(project, nothing)).message).toBe('dependency cycle: a → a');
});

test('an external network that is missing names its first user and how to make it', () => {
  const project = shop({
    services: { web: { networks: { hehe: null } } },
    networks: { hehe: { external: true, name: 'hehe' } },
  });
  const error = refusal(() => upText(project, nothing));
  expect(error).toMatchObject({ code: 'NETWORK_EXTERNAL_MISSING', exitCode: 3 });
  expect(error.hint).toContain('berth network create hehe');
});

test('an external network that nobody uses may be missing', () => {
  const project = shop({ services: { web: {} }, networks: { default: {}, hehe: { external: true } } });
  expect(upText(project, nothing)).toContain('create-container');
});

test('an external volume that is missing is refused', () => {
  const volumes = [{ type: 'volume', source: 'data', target: '/data' }] as const;
  const project = shop({
    services: { db: { volumes } },
    volumes: { data: { external: true, name: 'data' } },
  });
  expect(refusal(() => upText(project, nothing)).code).toBe('VOLUME_EXTERNAL_MISSING');
});

test('every missing image that may not be fetched is told, with its service', () => {
  const project = shop({
    services: {
      web: { image: 'nginx', pull_policy: 'never' },
      db: { image: 'postgres:16', pull_policy: 'never' },
    },
  });
  const error = refusal(() => upText(project, nothing));
  expect(error).toMatchObject({ code: 'IMAGE_MISSING', exitCode: 3 });
  expect([error, ...error.others].map(({ message }) => message)).toEqual([
    'image nginx of service web is not in the store',
    'image postgres:16 of service db is not in the store',
  ]);
});

test('an unknown service is answered with the known ones', () => {
  const project = shop({ services: { web: {}, db: {} } });
  const error = refusal(() => upText(project, nothing, { services: ['wbe'] }));
  expect(error).toMatchObject({ code: 'SERVICE_UNKNOWN', exitCode: 1 });
  expect(error.hint).toContain('web, db');
});

test('a service with a container_name has one replica at most', () => {
  const project = shop({ services: { web: { container_name: 'front-door' } } });
  expect(refusal(() => upText(project, nothing, { scale: { web: 2 } })).code).toBe('SCALE_CONTAINER_NAME');
});
