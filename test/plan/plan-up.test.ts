import { expect, test } from 'vitest';
import type { DependencyModel } from '../../src/model/compose.ts';
import { nothing, shop, upAndRunning, upText } from './situation.ts';

const started: DependencyModel = { condition: 'service_started', required: true };
const healthy: DependencyModel = { condition: 'service_healthy', required: true };
const completed: DependencyModel = { condition: 'service_completed_successfully', required: true };
const exited = (exitCode: number) => ({ status: 'exited', exitCode });

test('a first up makes networks, then containers, then starts them', () => {
  const project = shop({ services: { web: {}, db: {} } });
  expect(upText(project, nothing)).toMatchInlineSnapshot(`
    "
    shop: 3 to create
      + network shop_default   create   not there yet   compose.yaml:2:1
      + container shop-web-1   create   not there yet   compose.yaml:2:1
      + container shop-db-1    create   not there yet   compose.yaml:2:1
    [1]   create-network shop_default             not there yet
    [2]   create-container shop-web-1   needs 1   not there yet
    [3]   start-container shop-web-1    needs 2   not there yet
    [4]   create-container shop-db-1    needs 1   not there yet
    [5]   start-container shop-db-1     needs 4   not there yet
    "
  `);
});

test('a second up has nothing to do', () => {
  const project = shop({ services: { web: {}, db: {} } });
  expect(upText(project, upAndRunning(project))).toMatchInlineSnapshot(`
    "
    shop: nothing to do, 3 up to date
    "
  `);
});

test('a start waits for the start of what it depends on', () => {
  const project = shop({ services: { web: { depends_on: { db: started } }, db: {} } });
  expect(upText(project, nothing)).toMatchInlineSnapshot(`
    "
    shop: 3 to create
      + network shop_default   create   not there yet   compose.yaml:2:1
      + container shop-db-1    create   not there yet   compose.yaml:2:1
      + container shop-web-1   create   not there yet   compose.yaml:2:1
    [1]   create-network shop_default                not there yet
    [2]   create-container shop-db-1    needs 1      not there yet
    [3]   start-container shop-db-1     needs 2      not there yet
    [4]   create-container shop-web-1   needs 1      not there yet
    [5]   start-container shop-web-1    needs 3, 4   not there yet
    "
  `);
});

test('condition service_healthy is a wait of its own, shared by all who depend on it', () => {
  const depends_on = { db: healthy };
  const project = shop({ services: { web: { depends_on }, api: { depends_on }, db: {} } });
  expect(upText(project, nothing)).toMatchInlineSnapshot(`
    "
    shop: 4 to create
      + network shop_default   create   not there yet   compose.yaml:2:1
      + container shop-db-1    create   not there yet   compose.yaml:2:1
      + container shop-web-1   create   not there yet   compose.yaml:2:1
      + container shop-api-1   create   not there yet   compose.yaml:2:1
    [1]   create-network shop_default                     not there yet
    [2]   create-container shop-db-1         needs 1      not there yet
    [3]   start-container shop-db-1          needs 2      not there yet
    [4]   create-container shop-web-1        needs 1      not there yet
    [5]   wait-container shop-db-1 healthy   needs 3      until db is healthy
    [6]   start-container shop-web-1         needs 4, 5   not there yet
    [7]   create-container shop-api-1        needs 1      not there yet
    [8]   start-container shop-api-1         needs 5, 7   not there yet
    "
  `);
});

test('a dependency that is healthy already is not waited for', () => {
  const project = shop({ services: { web: { depends_on: { db: healthy } }, db: {} } });
  const observed = upAndRunning(project, { 'shop-db-1': { health: 'healthy' }, 'shop-web-1': exited(1) });
  expect(upText(project, observed)).toMatchInlineSnapshot(`
    "
    shop: 1 to start, 2 unchanged
      ▶ container shop-web-1   start   it exited (1)
    [1]   start-container shop-web-1      it exited (1)
    "
  `);
});

test('a dependency that runs but is not healthy yet is waited for', () => {
  const project = shop({ services: { web: { depends_on: { db: healthy } }, db: {} } });
  const observed = upAndRunning(project, { 'shop-db-1': { health: 'starting' }, 'shop-web-1': exited(1) });
  expect(upText(project, observed)).toMatchInlineSnapshot(`
    "
    shop: 1 to start, 2 unchanged
      ▶ container shop-web-1   start   it exited (1)
    [1]   wait-container shop-db-1 healthy             until db is healthy
    [2]   start-container shop-web-1         needs 1   it exited (1)
    "
  `);
});

test('condition service_completed_successfully waits for the exit', () => {
  const project = shop({ services: { web: { depends_on: { migrate: completed } }, migrate: {} } });
  expect(upText(project, nothing)).toMatchInlineSnapshot(`
    "
    shop: 3 to create
      + network shop_default       create   not there yet   compose.yaml:2:1
      + container shop-migrate-1   create   not there yet   compose.yaml:2:1
      + container shop-web-1       create   not there yet   compose.yaml:2:1
    [1]   create-network shop_default                            not there yet
    [2]   create-container shop-migrate-1           needs 1      not there yet
    [3]   start-container shop-migrate-1            needs 2      not there yet
    [4]   create-container shop-web-1               needs 1      not there yet
    [5]   wait-container shop-migrate-1 completed   needs 3      until migrate is completed
    [6]   start-container shop-web-1                needs 4, 5   not there yet
    "
  `);
});

test('a one-shot that is done is not run again', () => {
  const project = shop({ services: { web: { depends_on: { migrate: completed } }, migrate: {} } });
  const observed = upAndRunning(project, { 'shop-migrate-1': exited(0), 'shop-web-1': exited(137) });
  expect(upText(project, observed)).toMatchInlineSnapshot(`
    "
    shop: 1 to start, 2 unchanged
      ▶ container shop-web-1   start   it exited (137)
    [1]   start-container shop-web-1      it exited (137)
    "
  `);
});

test('a one-shot that failed is run again', () => {
  const project = shop({ services: { web: { depends_on: { migrate: completed } }, migrate: {} } });
  const observed = upAndRunning(project, {
    'shop-migrate-1': exited(1),
    'shop-web-1': { status: 'created' },
  });
  expect(upText(project, observed)).toMatchInlineSnapshot(`
    "
    shop: 2 to start, 1 unchanged
      ▶ container shop-migrate-1   start   it exited (1)
      ▶ container shop-web-1       start   created, not started yet
    [1]   start-container shop-migrate-1                      it exited (1)
    [2]   wait-container shop-migrate-1 completed   needs 1   until migrate is completed
    [3]   start-container shop-web-1                needs 2   created, not started yet
    "
  `);
});

test('--rerun runs a one-shot again', () => {
  const project = shop({ services: { web: { depends_on: { migrate: completed } }, migrate: {} } });
  const observed = upAndRunning(project, { 'shop-migrate-1': exited(0) });
  expect(upText(project, observed, { rerun: true })).toMatchInlineSnapshot(`
    "
    shop: 1 to start, 2 unchanged
      ▶ container shop-migrate-1   start   it exited (0)
    [1]   start-container shop-migrate-1      it exited (0)
    "
  `);
});

test('a dependency that is not required holds its dependent back, but not for its success', () => {
  const depends_on = { cache: { ...healthy, required: false } };
  const project = shop({ services: { web: { depends_on }, cache: {} } });
  expect(upText(project, nothing)).toMatchInlineSnapshot(`
    "
    shop: 3 to create
      + network shop_default     create   not there yet   compose.yaml:2:1
      + container shop-cache-1   create   not there yet   compose.yaml:2:1
      + container shop-web-1     create   not there yet   compose.yaml:2:1
    [1]   create-network shop_default                              not there yet
    [2]   create-container shop-cache-1         needs 1            not there yet
    [3]   start-container shop-cache-1          needs 2            not there yet
    [4]   create-container shop-web-1           needs 1            not there yet
    [5]   wait-container shop-cache-1 healthy   needs 3            until cache is healthy
    [6]   start-container shop-web-1            needs 4; after 5   not there yet
    "
  `);
});
