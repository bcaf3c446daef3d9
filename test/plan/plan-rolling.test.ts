import { expect, test } from 'vitest';
import type { ServiceModel } from '../../src/model/compose.ts';
import { shop, upAndRunning, upText } from './situation.ts';

const healthcheck = { test: ['CMD', 'true'] };
const rolling = (update: object, more: ServiceModel = {}): ServiceModel => ({
  healthcheck: healthcheck,
  deploy: { replicas: 2, update_config: { ...update } },
  ...more,
});

function changed(service: ServiceModel): string {
  const before = shop({ services: { web: service } });
  const after = shop({ services: { web: { ...service, environment: { DEBUG: '1' } } } });
  return upText(after, upAndRunning(before, {}, { web: 2 }));
}

test('start-first: the old container goes when its successor is healthy, one replica after the other', () => {
  expect(changed(rolling({ order: 'start-first' }))).toMatchInlineSnapshot(`
    "
    shop: 2 to recreate, 1 unchanged
      ~ container shop-web-1   recreate   environment: (none) → {"DEBUG":"1"}   compose.yaml:3:1
      ~ container shop-web-2   recreate   environment: (none) → {"DEBUG":"1"}   compose.yaml:3:1
    [1]    create-container aac91a707528_shop-web-1                            environment: (none) → {"DEBUG":"1"}
    [2]    start-container aac91a707528_shop-web-1                  needs 1    environment: (none) → {"DEBUG":"1"}
    [3]    wait-container aac91a707528_shop-web-1 healthy           needs 2    until web is healthy
    [4]    stop-container shop-web-1                                needs 3    environment: (none) → {"DEBUG":"1"}
    [5]    remove-container shop-web-1                              needs 4    environment: (none) → {"DEBUG":"1"}
    [6]    rename-container aac91a707528_shop-web-1 to shop-web-1   needs 5    environment: (none) → {"DEBUG":"1"}
    [7]    create-container 118fc5e3bfc7_shop-web-2                 needs 6    environment: (none) → {"DEBUG":"1"}
    [8]    start-container 118fc5e3bfc7_shop-web-2                  needs 7    environment: (none) → {"DEBUG":"1"}
    [9]    wait-container 118fc5e3bfc7_shop-web-2 healthy           needs 8    until web is healthy
    [10]   stop-container shop-web-2                                needs 9    environment: (none) → {"DEBUG":"1"}
    [11]   remove-container shop-web-2                              needs 10   environment: (none) → {"DEBUG":"1"}
    [12]   rename-container 118fc5e3bfc7_shop-web-2 to shop-web-2   needs 11   environment: (none) → {"DEBUG":"1"}
    "
  `);
});

test('with parallelism 0 all replicas are replaced at once', () => {
  expect(changed(rolling({ order: 'start-first', parallelism: 0 }))).toMatchInlineSnapshot(`
    "
    shop: 2 to recreate, 1 unchanged
      ~ container shop-web-1   recreate   environment: (none) → {"DEBUG":"1"}   compose.yaml:3:1
      ~ container shop-web-2   recreate   environment: (none) → {"DEBUG":"1"}   compose.yaml:3:1
    [1]    create-container aac91a707528_shop-web-1                            environment: (none) → {"DEBUG":"1"}
    [2]    start-container aac91a707528_shop-web-1                  needs 1    environment: (none) → {"DEBUG":"1"}
    [3]    wait-container aac91a707528_shop-web-1 healthy           needs 2    until web is healthy
    [4]    stop-container shop-web-1                                needs 3    environment: (none) → {"DEBUG":"1"}
    [5]    remove-container shop-web-1                              needs 4    environment: (none) → {"DEBUG":"1"}
    [6]    rename-container aac91a707528_shop-web-1 to shop-web-1   needs 5    environment: (none) → {"DEBUG":"1"}
    [7]    create-container 118fc5e3bfc7_shop-web-2                            environment: (none) → {"DEBUG":"1"}
    [8]    start-container 118fc5e3bfc7_shop-web-2                  needs 7    environment: (none) → {"DEBUG":"1"}
    [9]    wait-container 118fc5e3bfc7_shop-web-2 healthy           needs 8    until web is healthy
    [10]   stop-container shop-web-2                                needs 9    environment: (none) → {"DEBUG":"1"}
    [11]   remove-container shop-web-2                              needs 10   environment: (none) → {"DEBUG":"1"}
    [12]   rename-container 118fc5e3bfc7_shop-web-2 to shop-web-2   needs 11   environment: (none) → {"DEBUG":"1"}
    "
  `);
});

test('stop-first with parallelism: the next stops when the one before is healthy again', () => {
  expect(changed(rolling({ parallelism: 1 }))).toMatchInlineSnapshot(`
    "
    shop: 2 to recreate, 1 unchanged
      ~ container shop-web-1   recreate   environment: (none) → {"DEBUG":"1"}   compose.yaml:3:1
      ~ container shop-web-2   recreate   environment: (none) → {"DEBUG":"1"}   compose.yaml:3:1
    [1]    create-container aac91a707528_shop-web-1                               environment: (none) → {"DEBUG":"1"}
    [2]    stop-container shop-web-1                                needs 1       environment: (none) → {"DEBUG":"1"}
    [3]    remove-container shop-web-1                              needs 2       environment: (none) → {"DEBUG":"1"}
    [4]    rename-container aac91a707528_shop-web-1 to shop-web-1   needs 1, 3    environment: (none) → {"DEBUG":"1"}
    [5]    start-container shop-web-1                               needs 2, 4    environment: (none) → {"DEBUG":"1"}
    [6]    wait-container shop-web-1 healthy                        needs 5       until web is healthy
    [7]    create-container 118fc5e3bfc7_shop-web-2                               environment: (none) → {"DEBUG":"1"}
    [8]    stop-container shop-web-2                                needs 6, 7    environment: (none) → {"DEBUG":"1"}
    [9]    remove-container shop-web-2                              needs 8       environment: (none) → {"DEBUG":"1"}
    [10]   rename-container 118fc5e3bfc7_shop-web-2 to shop-web-2   needs 7, 9    environment: (none) → {"DEBUG":"1"}
    [11]   start-container shop-web-2                               needs 8, 10   environment: (none) → {"DEBUG":"1"}
    [12]   wait-container shop-web-2 healthy                        needs 11      until web is healthy
    "
  `);
});

test('a port of the machine that the old container holds forbids start-first, and the plan says so', () => {
  const service = rolling({ order: 'start-first' }, { ports: [{ target: 80, published: '8080' }] });
  const text = changed(service);
  expect(text).toContain('web can not start first: its old container holds port 8080 until it stops');
  expect(text.match(/can not start first/g)).toHaveLength(1);
});

test('a range of ports does not forbid it', () => {
  const service = rolling({ order: 'start-first' }, { ports: [{ target: 80, published: '8080-8090' }] });
  expect(changed(service)).not.toContain('can not start first');
});
