// The same with node's own runner: node --test examples/testing/node.test.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { stack } from 'berth/testing';

const file = new URL('compose.yaml', import.meta.url).pathname;
let shop;
before(async () => {
  shop = await stack(file).up();
});
after(() => shop?.down());

test('an order is kept', async () => {
  const orders = shop.service('api').url({ path: '/orders' });
  await fetch(orders, { method: 'POST', body: 'a lamp' });
  assert.deepEqual(await (await fetch(orders)).json(), ['a lamp']);
});
