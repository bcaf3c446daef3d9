import { expect, test } from 'vitest';
import type { DependencyModel, Project } from '../../src/model/compose.ts';
import type { ObservedState } from '../../src/plan/observed.ts';
import { planDown, type DownRequest } from '../../src/plan/plan-down.ts';
import { planStop } from '../../src/plan/plan-stop.ts';
import { nothing, planText, runningContainer, shop, upAndRunning } from './situation.ts';

const started: DependencyModel = { condition: 'service_started', required: true };

function downText(
  project: Project | undefined,
  observed: ObservedState,
  request: Partial<DownRequest> = {},
): string {
  return planText(
    planDown({ projectName: 'shop', project, observed, request: { services: [], ...request } }),
  );
}

test('dependents stop first, and networks go last', () => {
  const project = shop({ services: { web: { depends_on: { db: started } }, db: {} } });
  expect(downText(project, upAndRunning(project))).toMatchInlineSnapshot(`
    "
    shop: 3 to remove
      - container shop-web-1   remove   the project goes down
      - container shop-db-1    remove   the project goes down
      - network shop_default   remove   the project goes down
    [1]   stop-container shop-web-1                  the project goes down
    [2]   remove-container shop-web-1   needs 1      the project goes down
    [3]   stop-container shop-db-1      after 1      the project goes down
    [4]   remove-container shop-db-1    needs 3      the project goes down
    [5]   remove-network shop_default   needs 2, 4   the project goes down
    "
  `);
});

test('without files the order comes from what the containers remember', () => {
  const project = shop({ services: { web: { depends_on: { db: started } }, db: {} } });
  expect(downText(undefined, upAndRunning(project))).toMatchInlineSnapshot(`
    "
    shop: 3 to remove
      - container shop-web-1   remove   the project goes down
      - container shop-db-1    remove   the project goes down
      - network shop_default   remove   the project goes down
    [1]   stop-container shop-web-1                  the project goes down
    [2]   remove-container shop-web-1   needs 1      the project goes down
    [3]   stop-container shop-db-1      after 1      the project goes down
    [4]   remove-container shop-db-1    needs 3      the project goes down
    [5]   remove-network shop_default   needs 2, 4   the project goes down
    "
  `);
});

test('a stopped container is removed without a stop', () => {
  const project = shop({ services: { web: {} } });
  const observed = upAndRunning(project, { 'shop-web-1': { status: 'exited', exitCode: 0 } });
  expect(downText(project, observed)).toMatchInlineSnapshot(`
    "
    shop: 2 to remove
      - container shop-web-1   remove   the project goes down
      - network shop_default   remove   the project goes down
    [1]   remove-container shop-web-1             the project goes down
    [2]   remove-network shop_default   needs 1   the project goes down
    "
  `);
});

test('an external network stays', () => {
  const project = shop({
    services: { web: { networks: { hehe: null } } },
    networks: { hehe: { external: true, name: 'hehe' } },
  });
  expect(downText(project, upAndRunning(project))).toMatchInlineSnapshot(`
    "
    shop: 1 to remove
      - container shop-web-1   remove   the project goes down
    [1]   stop-container shop-web-1               the project goes down
    [2]   remove-container shop-web-1   needs 1   the project goes down
    "
  `);
});

test('volumes stay unless they are asked for', () => {
  const volumes = [{ type: 'volume', source: 'data', target: '/data' }] as const;
  const project = shop({ services: { db: { volumes } }, volumes: { data: {} } });
  expect(downText(project, upAndRunning(project))).toMatchInlineSnapshot(`
    "
    shop: 2 to remove
      - container shop-db-1    remove   the project goes down
      - network shop_default   remove   the project goes down
    [1]   stop-container shop-db-1                the project goes down
    [2]   remove-container shop-db-1    needs 1   the project goes down
    [3]   remove-network shop_default   needs 2   the project goes down
    "
  `);
  expect(downText(project, upAndRunning(project), { volumes: true })).toMatchInlineSnapshot(`
    "
    shop: 3 to remove
      - container shop-db-1    remove   the project goes down
      - network shop_default   remove   the project goes down
      - volume shop_data       remove   volumes are asked for
    [1]   stop-container shop-db-1                the project goes down
    [2]   remove-container shop-db-1    needs 1   the project goes down
    [3]   remove-network shop_default   needs 2   the project goes down
    [4]   remove-volume shop_data       needs 2   volumes are asked for
    "
  `);
});

test('an orphan stays, and the network that it is on', () => {
  const project = shop({ services: { web: {} } });
  const observed = upAndRunning(shop({ services: { web: {}, old: {} } }));
  expect(downText(project, observed)).toMatchInlineSnapshot(`
    "
    shop: 1 to remove
      - container shop-web-1   remove   the project goes down
      ! network shop_default is left: shop-old-1 is on it
      ! orphan container shop-old-1 is left; --remove-orphans removes it
    [1]   stop-container shop-web-1               the project goes down
    [2]   remove-container shop-web-1   needs 1   the project goes down
    "
  `);
});

test('--remove-orphans takes everything', () => {
  const project = shop({ services: { web: {} } });
  const observed = upAndRunning(shop({ services: { web: {}, old: {} } }));
  expect(downText(project, observed, { removeOrphans: true })).toMatchInlineSnapshot(`
    "
    shop: 3 to remove
      - container shop-old-1   remove   the project goes down
      - container shop-web-1   remove   the project goes down
      - network shop_default   remove   the project goes down
    [1]   stop-container shop-old-1                  the project goes down
    [2]   remove-container shop-old-1   needs 1      the project goes down
    [3]   stop-container shop-web-1                  the project goes down
    [4]   remove-container shop-web-1   needs 3      the project goes down
    [5]   remove-network shop_default   needs 2, 4   the project goes down
    "
  `);
});

test('one-off containers go too', () => {
  const project = shop({ services: { web: {} } });
  const oneOff = runningContainer(project, { service: 'web', number: 1 });
  const labels = { ...oneOff.labels, 'com.docker.compose.oneoff': 'True' };
  const observed = { ...upAndRunning(project), containers: [{ ...oneOff, name: 'shop-web-run-1', labels }] };
  expect(downText(project, observed)).toMatchInlineSnapshot(`
    "
    shop: 2 to remove
      - container shop-web-run-1   remove   the project goes down
      - network shop_default       remove   the project goes down
    [1]   stop-container shop-web-run-1               the project goes down
    [2]   remove-container shop-web-run-1   needs 1   the project goes down
    [3]   remove-network shop_default       needs 2   the project goes down
    "
  `);
});

test('named services go alone; networks stay', () => {
  const project = shop({ services: { web: {}, db: {} } });
  expect(downText(project, upAndRunning(project), { services: ['web'] })).toMatchInlineSnapshot(`
    "
    shop: 1 to remove
      - container shop-web-1   remove   the project goes down
    [1]   stop-container shop-web-1               the project goes down
    [2]   remove-container shop-web-1   needs 1   the project goes down
    "
  `);
});

test('where nothing is there is nothing to do', () => {
  expect(downText(shop({ services: { web: {} } }), nothing)).toMatchInlineSnapshot(`
    "
    shop: nothing to do
    "
  `);
});

test('a stop keeps the containers and goes from dependents to what they depend on', () => {
  const project = shop({ services: { web: { depends_on: { db: started } }, db: {} } });
  const observed = upAndRunning(project);
  const plan = planStop({ projectName: 'shop', project, observed, services: [], timeoutSeconds: 3 });
  expect(planText(plan)).toMatchInlineSnapshot(`
    "
    shop: 2 to stop
      ■ container shop-web-1   stop   a stop is asked for
      ■ container shop-db-1    stop   a stop is asked for
    [1]   stop-container shop-web-1             a stop is asked for
    [2]   stop-container shop-db-1    after 1   a stop is asked for
    "
  `);
});
