import { expect, test } from 'vitest';
import type { DependencyModel } from '../../src/model/compose.ts';
import { shop, upAndRunning, upText } from './situation.ts';

const started: DependencyModel = { condition: 'service_started', required: true };
const healthy: DependencyModel = { condition: 'service_healthy', required: true };

test('a service whose environment changed is recreated, with field and values as the cause', () => {
  const before = shop({ services: { api: { environment: { DEBUG: '0' } } } });
  const after = shop({ services: { api: { environment: { DEBUG: '1' } } } });
  expect(upText(after, upAndRunning(before))).toMatchInlineSnapshot(`
    "
    shop: 1 to recreate, 1 unchanged
      ~ container shop-api-1   recreate   environment.DEBUG: "0" → "1"   compose.yaml:4:1
    [1]   create-container 609be3616e38_shop-api-1                              environment.DEBUG: "0" → "1"
    [2]   stop-container shop-api-1                                needs 1      environment.DEBUG: "0" → "1"
    [3]   remove-container shop-api-1                              needs 2      environment.DEBUG: "0" → "1"
    [4]   rename-container 609be3616e38_shop-api-1 to shop-api-1   needs 1, 3   environment.DEBUG: "0" → "1"
    [5]   start-container shop-api-1                               needs 2, 4   environment.DEBUG: "0" → "1"
    "
  `);
});

test('a cause names every field that changed, with its two values', () => {
  const before = shop({ services: { api: { environment: { A: '0', B: '0', C: '0', D: null } } } });
  const after = shop({ services: { api: { environment: { A: '1', B: '1', C: '1' }, user: 'app' } } });
  expect(upText(after, upAndRunning(before))).toMatchInlineSnapshot(`
    "
    shop: 1 to recreate, 1 unchanged
      ~ container shop-api-1   recreate   environment.A: "0" → "1", environment.B: "0" → "1", environment.C: "0" → "1", environment.D: null → (none), user: (none) → "app"   compose.yaml:4:1
    [1]   create-container 609be3616e38_shop-api-1                              environment.A: "0" → "1", environment.B: "0" → "1", environment.C: "0" → "1", environment.D: null → (none), user: (none) → "app"
    [2]   stop-container shop-api-1                                needs 1      environment.A: "0" → "1", environment.B: "0" → "1", environment.C: "0" → "1", environment.D: null → (none), user: (none) → "app"
    [3]   remove-container shop-api-1                              needs 2      environment.A: "0" → "1", environment.B: "0" → "1", environment.C: "0" → "1", environment.D: null → (none), user: (none) → "app"
    [4]   rename-container 609be3616e38_shop-api-1 to shop-api-1   needs 1, 3   environment.A: "0" → "1", environment.B: "0" → "1", environment.C: "0" → "1", environment.D: null → (none), user: (none) → "app"
    [5]   start-container shop-api-1                               needs 2, 4   environment.A: "0" → "1", environment.B: "0" → "1", environment.C: "0" → "1", environment.D: null → (none), user: (none) → "app"
    "
  `);
});

test('what does not concern the container does not recreate it', () => {
  const before = shop({ services: { web: { depends_on: { db: started } }, db: {} } });
  const after = shop({
    services: { web: { depends_on: { db: healthy }, profiles: ['p'], scale: 1 }, db: {} },
  });
  const observed = upAndRunning(before, { 'shop-db-1': { health: 'healthy' } });
  expect(upText(after, observed)).toMatchInlineSnapshot(`
    "
    shop: nothing to do, 3 up to date
    "
  `);
});

test('a new image under the same name recreates', () => {
  const project = shop({ services: { web: {} } });
  const observed = { ...upAndRunning(project), images: { 'berth/host': 'sha256:' + 'b'.repeat(64) } };
  expect(upText(project, observed)).toMatchInlineSnapshot(`
    "
    shop: 1 to recreate, 1 unchanged
      ~ container shop-web-1   recreate   image berth/host: aaaaaaaaaaaa → bbbbbbbbbbbb   compose.yaml:3:1
    [1]   create-container aac91a707528_shop-web-1                              image berth/host: aaaaaaaaaaaa → bbbbbbbbbbbb
    [2]   stop-container shop-web-1                                needs 1      image berth/host: aaaaaaaaaaaa → bbbbbbbbbbbb
    [3]   remove-container shop-web-1                              needs 2      image berth/host: aaaaaaaaaaaa → bbbbbbbbbbbb
    [4]   rename-container aac91a707528_shop-web-1 to shop-web-1   needs 1, 3   image berth/host: aaaaaaaaaaaa → bbbbbbbbbbbb
    [5]   start-container shop-web-1                               needs 2, 4   image berth/host: aaaaaaaaaaaa → bbbbbbbbbbbb
    "
  `);
});

test('a container of another tool is recreated', () => {
  const project = shop({ services: { web: {} } });
  const labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' };
  expect(upText(project, upAndRunning(project, { 'shop-web-1': { labels } }))).toMatchInlineSnapshot(`
    "
    shop: 1 to recreate, 1 unchanged
      ~ container shop-web-1   recreate   its configuration is not known: another tool made it
    [1]   create-container aac91a707528_shop-web-1                              its configuration is not known: another tool made it
    [2]   stop-container shop-web-1                                needs 1      its configuration is not known: another tool made it
    [3]   remove-container shop-web-1                              needs 2      its configuration is not known: another tool made it
    [4]   rename-container aac91a707528_shop-web-1 to shop-web-1   needs 1, 3   its configuration is not known: another tool made it
    [5]   start-container shop-web-1                               needs 2, 4   its configuration is not known: another tool made it
    "
  `);
});

test('a dependent with restart: true stops before the recreate and starts after it', () => {
  const depends_on = { api: { ...started, restart: true } };
  const sketch = (DEBUG: string) =>
    shop({ services: { web: { depends_on }, api: { environment: { DEBUG } } } });
  expect(upText(sketch('1'), upAndRunning(sketch('0')))).toMatchInlineSnapshot(`
    "
    shop: 1 to recreate, 1 to restart, 1 unchanged
      ~ container shop-api-1   recreate   environment.DEBUG: "0" → "1"        compose.yaml:4:1
      ↻ container shop-web-1   restart    depends on api with restart: true   compose.yaml:4:1
    [1]   create-container 609be3616e38_shop-api-1                              environment.DEBUG: "0" → "1"
    [2]   stop-container shop-web-1                                             depends on api with restart: true
    [3]   stop-container shop-api-1                                needs 1, 2   environment.DEBUG: "0" → "1"
    [4]   remove-container shop-api-1                              needs 3      environment.DEBUG: "0" → "1"
    [5]   rename-container 609be3616e38_shop-api-1 to shop-api-1   needs 1, 4   environment.DEBUG: "0" → "1"
    [6]   start-container shop-api-1                               needs 3, 5   environment.DEBUG: "0" → "1"
    [7]   start-container shop-web-1                               needs 2, 6   depends on api with restart: true
    "
  `);
});

test('a dependent without restart: true is left alone when its dependency is recreated', () => {
  const sketch = (DEBUG: string) =>
    shop({ services: { web: { depends_on: { api: started } }, api: { environment: { DEBUG } } } });
  expect(upText(sketch('1'), upAndRunning(sketch('0')))).toMatchInlineSnapshot(`
    "
    shop: 1 to recreate, 2 unchanged
      ~ container shop-api-1   recreate   environment.DEBUG: "0" → "1"   compose.yaml:4:1
    [1]   create-container 609be3616e38_shop-api-1                              environment.DEBUG: "0" → "1"
    [2]   stop-container shop-api-1                                needs 1      environment.DEBUG: "0" → "1"
    [3]   remove-container shop-api-1                              needs 2      environment.DEBUG: "0" → "1"
    [4]   rename-container 609be3616e38_shop-api-1 to shop-api-1   needs 1, 3   environment.DEBUG: "0" → "1"
    [5]   start-container shop-api-1                               needs 2, 4   environment.DEBUG: "0" → "1"
    "
  `);
});

test('whoever shares the network of a recreated service is recreated after it', () => {
  const sketch = (DEBUG: string) =>
    shop({ services: { side: { network_mode: 'service:web' }, web: { environment: { DEBUG } } } });
  expect(upText(sketch('1'), upAndRunning(sketch('0')))).toMatchInlineSnapshot(`
    "
    shop: 2 to recreate, 1 unchanged
      ~ container shop-web-1    recreate   environment.DEBUG: "0" → "1"                       compose.yaml:4:1
      ~ container shop-side-1   recreate   it shares a namespace of web, which is recreated
    [1]   create-container aac91a707528_shop-web-1                                 environment.DEBUG: "0" → "1"
    [2]   stop-container shop-side-1                                               it shares a namespace of web, which is recreated
    [3]   stop-container shop-web-1                                needs 1, 2      environment.DEBUG: "0" → "1"
    [4]   remove-container shop-web-1                              needs 3         environment.DEBUG: "0" → "1"
    [5]   rename-container aac91a707528_shop-web-1 to shop-web-1   needs 1, 4      environment.DEBUG: "0" → "1"
    [6]   start-container shop-web-1                               needs 3, 5      environment.DEBUG: "0" → "1"
    [7]   remove-container shop-side-1                             needs 2         it shares a namespace of web, which is recreated
    [8]   create-container shop-side-1                             needs 5, 7      it shares a namespace of web, which is recreated
    [9]   start-container shop-side-1                              needs 2, 6, 8   it shares a namespace of web, which is recreated
    "
  `);
});

test('a service with a fixed address leaves before its successor comes', () => {
  const sketch = (DEBUG: string) =>
    shop({
      services: { web: { environment: { DEBUG }, networks: { lab: { ipv4_address: '172.30.0.9' } } } },
      networks: { lab: { ipam: { config: [{ subnet: '172.30.0.0/24' }] } } },
    });
  expect(upText(sketch('1'), upAndRunning(sketch('0')))).toMatchInlineSnapshot(`
    "
    shop: 1 to recreate, 1 unchanged
      ~ container shop-web-1   recreate   environment.DEBUG: "0" → "1"   compose.yaml:4:1
    [1]   stop-container shop-web-1                  environment.DEBUG: "0" → "1"
    [2]   remove-container shop-web-1   needs 1      environment.DEBUG: "0" → "1"
    [3]   create-container shop-web-1   needs 2      environment.DEBUG: "0" → "1"
    [4]   start-container shop-web-1    needs 1, 3   environment.DEBUG: "0" → "1"
    "
  `);
});

test('a changed network is made anew when all its containers have left it', () => {
  const sketch = (internal: boolean) =>
    shop({ services: { web: { networks: { back: null } } }, networks: { back: { internal } } });
  expect(upText(sketch(true), upAndRunning(sketch(false)))).toMatchInlineSnapshot(`
    "
    shop: 1 to recreate, 1 to restart
      ~ network shop_back      recreate   network back: internal: false → true   compose.yaml:3:1
      ↻ container shop-web-1   restart    network back: internal: false → true   compose.yaml:3:1
    [1]   stop-container shop-web-1                 network back: internal: false → true
    [2]   remove-network shop_back     needs 1      network back: internal: false → true
    [3]   create-network shop_back     needs 2      network back: internal: false → true
    [4]   connect-network shop-web-1   needs 3      network back: internal: false → true
    [5]   start-container shop-web-1   needs 1, 4   network back: internal: false → true
    "
  `);
});

test('a changed network that others use is kept and noted', () => {
  const sketch = (internal: boolean) =>
    shop({
      services: { web: { networks: { back: null } }, api: { networks: { back: null } } },
      networks: { back: { internal } },
    });
  expect(upText(sketch(true), upAndRunning(sketch(false)), { services: ['web'] })).toMatchInlineSnapshot(`
    "
    shop: nothing to do, 2 up to date
      ! network back: internal: false → true: kept as it is, since shop-api-1 uses it and is not part of this run   compose.yaml:3:1
    "
  `);
});
