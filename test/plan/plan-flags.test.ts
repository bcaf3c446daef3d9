import { expect, test } from 'vitest';
import type { DependencyModel } from '../../src/model/compose.ts';
import { nothing, runningContainer, shop, upAndRunning, upText } from './situation.ts';

const started: DependencyModel = { condition: 'service_started', required: true };
const healthy: DependencyModel = { condition: 'service_healthy', required: true };
const completed: DependencyModel = { condition: 'service_completed_successfully', required: true };
const exited = (exitCode: number) => ({ status: 'exited', exitCode });

test('an external network is used and never made', () => {
  const project = shop({
    services: { web: { networks: { hehe: null } } },
    networks: { hehe: { external: true, name: 'hehe' } },
  });
  const observed = { ...nothing, networks: [{ id: 'id of hehe', name: 'hehe', labels: {} }] };
  expect(upText(project, observed)).toMatchInlineSnapshot(`
    "
    shop: 1 to create, 1 unchanged
      + container shop-web-1   create   not there yet   compose.yaml:2:1
    [1]   create-container shop-web-1             not there yet
    [2]   start-container shop-web-1    needs 1   not there yet
    "
  `);
});

test('networks and volumes that no service uses are not made', () => {
  const project = shop({
    services: { web: { networks: { front: null } } },
    networks: { front: {}, back: {} },
    volumes: { data: {} },
  });
  expect(upText(project, nothing)).toMatchInlineSnapshot(`
    "
    shop: 2 to create
      + network shop_front     create   not there yet   compose.yaml:2:1
      + container shop-web-1   create   not there yet   compose.yaml:2:1
    [1]   create-network shop_front               not there yet
    [2]   create-container shop-web-1   needs 1   not there yet
    [3]   start-container shop-web-1    needs 2   not there yet
    "
  `);
});

test('a named volume is made before the container that mounts it', () => {
  const volumes = [{ type: 'volume', source: 'data', target: '/data' }] as const;
  const project = shop({ services: { db: { volumes } }, volumes: { data: {} } });
  expect(upText(project, nothing)).toMatchInlineSnapshot(`
    "
    shop: 3 to create
      + network shop_default   create   not there yet   compose.yaml:2:1
      + volume shop_data       create   not there yet   compose.yaml:2:1
      + container shop-db-1    create   not there yet   compose.yaml:2:1
    [1]   create-network shop_default                not there yet
    [2]   create-volume shop_data                    not there yet
    [3]   create-container shop-db-1    needs 1, 2   not there yet
    [4]   start-container shop-db-1     needs 3      not there yet
    "
  `);
});

test('a volume whose definition changed is kept and noted', () => {
  const volumes = [{ type: 'volume', source: 'data', target: '/data' }] as const;
  const sketch = (tier: string) =>
    shop({ services: { db: { volumes } }, volumes: { data: { labels: { tier } } } });
  expect(upText(sketch('b'), upAndRunning(sketch('a')))).toMatchInlineSnapshot(`
    "
    shop: nothing to do, 3 up to date
      ! volume data: labels.tier: "a" → "b"; it is kept as it is: to make it anew, with its data lost:  berth up -y   compose.yaml:4:1
    "
  `);
});

test('a stopped container is started, not recreated', () => {
  const project = shop({ services: { web: {} } });
  expect(upText(project, upAndRunning(project, { 'shop-web-1': exited(1) }))).toMatchInlineSnapshot(`
    "
    shop: 1 to start, 1 unchanged
      ▶ container shop-web-1   start   it exited (1)
    [1]   start-container shop-web-1      it exited (1)
    "
  `);
});

test('a larger scale adds the lowest free numbers', () => {
  const project = shop({ services: { web: {} } });
  const observed = upAndRunning(project, {}, { web: 3 });
  const withGap = {
    ...observed,
    containers: observed.containers.filter(({ name }) => name !== 'shop-web-2'),
  };
  expect(upText(project, withGap, { scale: { web: 4 } })).toMatchInlineSnapshot(`
    "
    shop: 2 to create, 3 unchanged
      + container shop-web-2   create   not there yet   compose.yaml:2:1
      + container shop-web-4   create   not there yet   compose.yaml:2:1
    [1]   create-container shop-web-2             not there yet
    [2]   start-container shop-web-2    needs 1   not there yet
    [3]   create-container shop-web-4             not there yet
    [4]   start-container shop-web-4    needs 3   not there yet
    "
  `);
});

test('a smaller scale removes the highest numbers', () => {
  const project = shop({ services: { web: {} } });
  expect(upText(project, upAndRunning(project, {}, { web: 3 }), { scale: { web: 1 } }))
    .toMatchInlineSnapshot(`
    "
    shop: 2 to remove, 2 unchanged
      - container shop-web-2   remove   scaled to 1
      - container shop-web-3   remove   scaled to 1
    [1]   stop-container shop-web-2               scaled to 1
    [2]   remove-container shop-web-2   needs 1   scaled to 1
    [3]   stop-container shop-web-3               scaled to 1
    [4]   remove-container shop-web-3   needs 3   scaled to 1
    "
  `);
});

test('a smaller scale removes outdated replicas first', () => {
  const project = shop({ services: { web: {} } });
  const labels = { ...runningContainer(project, { service: 'web', number: 1 }).labels };
  const outdated = { labels: { ...labels, 'com.docker.compose.config-hash': 'old' } };
  const observed = upAndRunning(project, { 'shop-web-1': outdated }, { web: 2 });
  expect(upText(project, observed)).toMatchInlineSnapshot(`
    "
    shop: 1 to remove, 2 unchanged
      - container shop-web-1   remove   scaled to 1
    [1]   stop-container shop-web-1               scaled to 1
    [2]   remove-container shop-web-1   needs 1   scaled to 1
    "
  `);
});

test('nobody waits for a dependency that is scaled to nothing', () => {
  const project = shop({ services: { web: { depends_on: { db: healthy } }, db: { scale: 0 } } });
  expect(upText(project, nothing)).toMatchInlineSnapshot(`
    "
    shop: 2 to create
      + network shop_default   create   not there yet   compose.yaml:2:1
      + container shop-web-1   create   not there yet   compose.yaml:2:1
    [1]   create-network shop_default             not there yet
    [2]   create-container shop-web-1   needs 1   not there yet
    [3]   start-container shop-web-1    needs 2   not there yet
    "
  `);
});

test('orphans are noted, with their age', () => {
  const project = shop({ services: { web: {} } });
  const old = shop({ services: { web: {}, old: {} } });
  const observed = { ...upAndRunning(old), nowMs: Date.parse('2026-11-04T11:00:00Z') };
  expect(upText(project, observed)).toMatchInlineSnapshot(`
    "
    shop: nothing to do, 2 up to date
      ! orphan container shop-old-1: service old is not in the files, made 3 days ago; --remove-orphans removes it
    "
  `);
});

test('--remove-orphans removes them', () => {
  const project = shop({ services: { web: {} } });
  const old = shop({ services: { web: {}, old: {} } });
  expect(upText(project, upAndRunning(old), { removeOrphans: true })).toMatchInlineSnapshot(`
    "
    shop: 1 to remove, 2 unchanged
      - container shop-old-1   remove   service old is not in the files
    [1]   stop-container shop-old-1               service old is not in the files
    [2]   remove-container shop-old-1   needs 1   service old is not in the files
    "
  `);
});

test('a service that a profile leaves out is no orphan', () => {
  const project = shop({ services: { web: {} }, disabled: ['debug'] });
  const before = shop({ services: { web: {}, debug: {} } });
  expect(upText(project, upAndRunning(before))).toMatchInlineSnapshot(`
    "
    shop: nothing to do, 2 up to date
    "
  `);
});

test('naming a service takes what it depends on along, and nothing else', () => {
  const project = shop({ services: { web: { depends_on: { db: started } }, db: {}, other: {} } });
  expect(upText(project, nothing, { services: ['web'] })).toMatchInlineSnapshot(`
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

test('--no-deps leaves dependencies alone', () => {
  const project = shop({ services: { web: { depends_on: { db: healthy } }, db: {} } });
  expect(upText(project, nothing, { services: ['web'], noDeps: true })).toMatchInlineSnapshot(`
    "
    shop: 2 to create
      + network shop_default   create   not there yet   compose.yaml:2:1
      + container shop-web-1   create   not there yet   compose.yaml:2:1
    [1]   create-network shop_default             not there yet
    [2]   create-container shop-web-1   needs 1   not there yet
    [3]   start-container shop-web-1    needs 2   not there yet
    "
  `);
});

test('--force-recreate is about the named services only', () => {
  const project = shop({ services: { web: { depends_on: { db: started } }, db: {} } });
  const request = { services: ['web'], forceRecreate: true };
  expect(upText(project, upAndRunning(project), request)).toMatchInlineSnapshot(`
    "
    shop: 1 to recreate, 2 unchanged
      ~ container shop-web-1   recreate   asked for by --force-recreate
    [1]   create-container aac91a707528_shop-web-1                              asked for by --force-recreate
    [2]   stop-container shop-web-1                                needs 1      asked for by --force-recreate
    [3]   remove-container shop-web-1                              needs 2      asked for by --force-recreate
    [4]   rename-container aac91a707528_shop-web-1 to shop-web-1   needs 1, 3   asked for by --force-recreate
    [5]   start-container shop-web-1                               needs 2, 4   asked for by --force-recreate
    "
  `);
});

test('a service takes the volumes of another one when that one has been made anew', () => {
  const project = shop({ services: { web: { volumes_from: ['db'] }, db: {} } });
  const text = upText(project, upAndRunning(project), { forceRecreate: true, renewAnonVolumes: true });
  const [, rename = ''] = /\[(\d+)\] +rename-container \S+_shop-db-1 /.exec(text) ?? [];
  expect(text).toMatch(new RegExp(`create-container \\S+_shop-web-1 +needs ${rename} `));
});

test('--no-recreate starts what is stopped and keeps what is outdated', () => {
  const before = shop({ services: { web: { user: 'a' }, db: {} } });
  const after = shop({ services: { web: { user: 'b' }, db: {} } });
  const observed = upAndRunning(before, { 'shop-db-1': exited(0) });
  expect(upText(after, observed, { noRecreate: true })).toMatchInlineSnapshot(`
    "
    shop: 1 to start, 2 unchanged
      ▶ container shop-db-1   start   it exited (0)
    [1]   start-container shop-db-1      it exited (0)
    "
  `);
});

test('--no-start makes and does not start', () => {
  const project = shop({ services: { web: { depends_on: { db: healthy } }, db: {} } });
  expect(upText(project, nothing, { noStart: true })).toMatchInlineSnapshot(`
    "
    shop: 3 to create
      + network shop_default   create   not there yet   compose.yaml:2:1
      + container shop-db-1    create   not there yet   compose.yaml:2:1
      + container shop-web-1   create   not there yet   compose.yaml:2:1
    [1]   create-network shop_default             not there yet
    [2]   create-container shop-db-1    needs 1   not there yet
    [3]   create-container shop-web-1   needs 1   not there yet
    "
  `);
});

test('--wait ends with a wait for each service: healthy, completed or running', () => {
  const healthcheck = { test: ['CMD', 'true'] };
  const project = shop({
    services: { web: { depends_on: { migrate: completed } }, db: { healthcheck }, migrate: {} },
  });
  expect(upText(project, nothing, { wait: true })).toMatchInlineSnapshot(`
    "
    shop: 4 to create
      + network shop_default       create   not there yet   compose.yaml:2:1
      + container shop-migrate-1   create   not there yet   compose.yaml:2:1
      + container shop-web-1       create   not there yet   compose.yaml:2:1
      + container shop-db-1        create   not there yet   compose.yaml:2:1
    [1]    create-network shop_default                            not there yet
    [2]    create-container shop-migrate-1           needs 1      not there yet
    [3]    start-container shop-migrate-1            needs 2      not there yet
    [4]    wait-container shop-migrate-1 completed   needs 3      until migrate is completed
    [5]    create-container shop-web-1               needs 1      not there yet
    [6]    start-container shop-web-1                needs 4, 5   not there yet
    [7]    wait-container shop-web-1 running         needs 6      until web is running
    [8]    create-container shop-db-1                needs 1      not there yet
    [9]    start-container shop-db-1                 needs 8      not there yet
    [10]   wait-container shop-db-1 healthy          needs 9      until db is healthy
    "
  `);
});

test('links, volumes_from and shared namespaces are dependencies without being written as such', () => {
  const project = shop({
    services: {
      a: { links: ['b:bee'] },
      c: { volumes_from: ['a'] },
      b: {},
      d: { network_mode: 'service:c' },
    },
  });
  expect(upText(project, nothing)).toMatchInlineSnapshot(`
    "
    shop: 5 to create
      + network shop_default   create   not there yet   compose.yaml:2:1
      + container shop-b-1     create   not there yet   compose.yaml:2:1
      + container shop-a-1     create   not there yet   compose.yaml:2:1
      + container shop-c-1     create   not there yet   compose.yaml:2:1
      + container shop-d-1     create   not there yet   compose.yaml:2:1
    [1]   create-network shop_default                not there yet
    [2]   create-container shop-b-1     needs 1      not there yet
    [3]   start-container shop-b-1      needs 2      not there yet
    [4]   create-container shop-a-1     needs 1      not there yet
    [5]   start-container shop-a-1      needs 3, 4   not there yet
    [6]   create-container shop-c-1     needs 1, 4   not there yet
    [7]   start-container shop-c-1      needs 5, 6   not there yet
    [8]   create-container shop-d-1     needs 6      not there yet
    [9]   start-container shop-d-1      needs 7, 8   not there yet
    "
  `);
});

test('a recreate that was cut off is finished: the new one takes the name', () => {
  const sketch = (DEBUG: string) => shop({ services: { api: { environment: { DEBUG } } } });
  const old = runningContainer(sketch('0'), { service: 'api', number: 1 });
  const fresh = {
    ...runningContainer(sketch('1'), { service: 'api', number: 1 }),
    id: 'f'.repeat(64),
    name: `${old.id.slice(0, 12)}_shop-api-1`,
    status: 'created',
  };
  const observed = { ...upAndRunning(sketch('1')), containers: [old, fresh] };
  expect(upText(sketch('1'), observed)).toMatchInlineSnapshot(`
    "
    shop: 1 to start, 1 to remove, 1 unchanged
      - container shop-api-1   remove   its successor is there
      ▶ container shop-api-1   start    created, not started yet
    [1]   stop-container shop-api-1                                          its successor is there
    [2]   remove-container shop-api-1                              needs 1   its successor is there
    [3]   rename-container 609be3616e38_shop-api-1 to shop-api-1   needs 2   created, not started yet
    [4]   start-container shop-api-1                               needs 3   created, not started yet
    "
  `);
});

test('a renamed container is recreated under its new name', () => {
  const before = shop({ services: { web: {} } });
  const after = shop({ services: { web: { container_name: 'front-door' } } });
  expect(upText(after, upAndRunning(before))).toMatchInlineSnapshot(`
    "
    shop: 1 to recreate, 1 unchanged
      ~ container front-door   recreate   container_name: (none) → "front-door"   compose.yaml:3:1
    [1]   create-container aac91a707528_front-door                              container_name: (none) → "front-door"
    [2]   stop-container shop-web-1                                needs 1      container_name: (none) → "front-door"
    [3]   remove-container shop-web-1                              needs 2      container_name: (none) → "front-door"
    [4]   rename-container aac91a707528_front-door to front-door   needs 1, 3   container_name: (none) → "front-door"
    [5]   start-container front-door                               needs 2, 4   container_name: (none) → "front-door"
    "
  `);
});

test('a network that was removed behind our back is made again, and its containers with it', () => {
  const project = shop({ services: { web: {} } });
  expect(upText(project, { ...upAndRunning(project), networks: [] })).toMatchInlineSnapshot(`
    "
    shop: 1 to create, 1 to recreate
      + network shop_default   create     not there yet                  compose.yaml:2:1
      ~ container shop-web-1   recreate   network shop_default is gone
    [1]   create-network shop_default                                           not there yet
    [2]   create-container aac91a707528_shop-web-1                 needs 1      network shop_default is gone
    [3]   stop-container shop-web-1                                needs 2      network shop_default is gone
    [4]   remove-container shop-web-1                              needs 3      network shop_default is gone
    [5]   rename-container aac91a707528_shop-web-1 to shop-web-1   needs 2, 4   network shop_default is gone
    [6]   start-container shop-web-1                               needs 3, 5   network shop_default is gone
    "
  `);
});
