import { expect, it } from 'vitest';
import { ZoneTable, type ZoneAnswer } from '../../src/dns/zone.ts';

const network = { id: 'n', name: 'shop_front', internal: false };

function zone(): ZoneTable {
  const table = new ZoneTable();
  for (const [containerId, ipv4] of [
    ['me', '10.0.0.2'],
    ['db', '10.0.0.3'],
  ] as const)
    table.setEndpoint({ containerId, containerName: containerId, network, ipv4, ipv6: '', names: [] });
  return table;
}

function ask(table: ZoneTable, name: string, type: 'A' | 'AAAA' = 'A', asker = 'me'): ZoneAnswer | undefined {
  return table.lookup({ asker, name, type });
}

it('an overridden name leads elsewhere, in both of its forms, for that asker only', () => {
  const table = zone();
  table.setOverrides('me', [{ name: 'DB', answer: ['192.0.2.1', '2001:db8::1'] }]);
  expect(ask(table, 'db')?.addresses).toEqual(['192.0.2.1']);
  expect(ask(table, 'db', 'AAAA')?.addresses).toEqual(['2001:db8::1']);
  expect(ask(table, 'Db.shop_front.')?.addresses).toEqual(['192.0.2.1']);
  expect(ask(table, 'db', 'A', 'db')?.addresses).toEqual(['10.0.0.3']);
});

it('a name of the outside can be overridden, so that no other server is asked', () => {
  const table = zone();
  expect(ask(table, 'api.example')).toBeUndefined();
  table.setOverrides('me', [{ name: 'api.example', answer: ['192.0.2.1'] }]);
  expect(ask(table, 'api.example')?.addresses).toEqual(['192.0.2.1']);
});

it('a name fails as ordered; the last order counts, and the zone answers again when there is none', () => {
  const table = zone();
  const before = table.version;
  table.setOverrides('me', [
    { name: 'db', answer: ['192.0.2.1'] },
    { name: 'db', answer: 'nxdomain' },
  ]);
  expect(ask(table, 'db')).toMatchObject({ addresses: [], failure: 'nxdomain' });
  expect(table.version).toBeGreaterThan(before);
  table.setOverrides('me', []);
  expect(ask(table, 'db')?.addresses).toEqual(['10.0.0.3']);
});
