import { expect, test } from 'vitest';
import { stack } from 'berth/testing';

test('an order is kept', async () => {
  await using shop = await stack(import.meta.dirname + '/compose.yaml').up();
  const orders = shop.service('api').url({ path: '/orders' });

  await fetch(orders, { method: 'POST', body: 'a lamp' });

  expect(await (await fetch(orders)).json()).toEqual(['a lamp']);
});
