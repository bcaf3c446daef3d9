import { describe, expect, it } from 'vitest';
import { ZoneTable } from '../../src/dns/zone.ts';
import type { ZoneEndpoint, ZoneQuestion } from '../../src/dns/zone.ts';

const front = { id: 'f1', name: 'shop_front', internal: false };
const back = { id: 'b1', name: 'shop_back', internal: true };

function endpoint(facts: Partial<ZoneEndpoint> & { containerId: string }): ZoneEndpoint {
  const { containerId } = facts;
  return { containerName: containerId, network: front, ipv4: '', ipv6: '', names: [], ...facts };
}

function zoneOf(...endpoints: readonly ZoneEndpoint[]): ZoneTable {
  const zone = new ZoneTable();
  for (const each of endpoints) zone.setEndpoint(each);
  return zone;
}

function addresses(zone: ZoneTable, question: Partial<ZoneQuestion> & { name: string }) {
  return zone.lookup({ asker: 'me', type: 'A', ...question })?.addresses;
}

const me = endpoint({ containerId: 'me', ipv4: '172.18.0.9' });
const web1 = endpoint({
  containerId: 'c1',
  containerName: 'shop-web-1',
  ipv4: '172.18.0.2',
  ipv6: 'fd00::2',
  names: ['web', 'www', 'c1c1c1c1c1c1', 'webhost'],
});
const web2 = endpoint({ containerId: 'c2', containerName: 'shop-web-2', ipv4: '172.18.0.3', names: ['web'] });

describe('names', () => {
  it.each(['shop-web-1', 'www', 'c1c1c1c1c1c1', 'webhost'])('%s leads to its container', (name) => {
    expect(addresses(zoneOf(me, web1, web2), { name })).toEqual(['172.18.0.2']);
  });

  it('a service name leads to all replicas', () => {
    expect(addresses(zoneOf(me, web1, web2), { name: 'web' })).toEqual(['172.18.0.2', '172.18.0.3']);
  });

  it('host.docker.internal is the gateway of the first network that has one, unless a container is called so', () => {
    const name = 'host.docker.internal';
    const inside = endpoint({ ...me, network: back, ipv4: '172.19.0.9', gateway: '' });
    const zone = zoneOf(inside, { ...me, gateway: '172.18.0.1' });
    expect(addresses(zone, { name })).toEqual(['172.18.0.1']);
    expect(addresses(zone, { name, type: 'AAAA' })).toEqual([]);
    expect(addresses(zoneOf(inside), { name })).toBeUndefined();
    zone.setEndpoint({ ...web1, names: [name] });
    expect(addresses(zone, { name })).toEqual(['172.18.0.2']);
  });

  it('case and a trailing dot make no difference', () => {
    expect(addresses(zoneOf(me, web1), { name: 'WwW.' })).toEqual(['172.18.0.2']);
  });

  it('a container finds itself', () => {
    expect(addresses(zoneOf(me), { name: 'me' })).toEqual(['172.18.0.9']);
  });

  it('<name>.<network> is found on that network only', () => {
    const zone = zoneOf(me, web1);
    expect(addresses(zone, { name: 'web.shop_front' })).toEqual(['172.18.0.2']);
    expect(addresses(zone, { name: 'web.SHOP_FRONT' })).toEqual(['172.18.0.2']);
    expect(addresses(zone, { name: 'web.shop_back' })).toBeUndefined();
  });

  it('a dot may stand in the name, in the network, or in both', () => {
    const dotted = { id: 'd', name: 'lan.example', internal: false };
    const zone = zoneOf(
      endpoint({ containerId: 'me', network: dotted, ipv4: '10.0.0.9' }),
      endpoint({ containerId: 'c3', network: dotted, ipv4: '10.0.0.3', names: ['db.main'] }),
    );
    expect(addresses(zone, { name: 'db.main' })).toEqual(['10.0.0.3']);
    expect(addresses(zone, { name: 'db.main.lan.example' })).toEqual(['10.0.0.3']);
  });

  it('nobody sees names of networks that he is not on', () => {
    const stranger = endpoint({ containerId: 'c4', network: back, ipv4: '172.19.0.4', names: ['db'] });
    expect(addresses(zoneOf(me, stranger), { name: 'db' })).toBeUndefined();
    expect(addresses(zoneOf(me, stranger), { name: 'db.shop_back' })).toBeUndefined();
  });

  it('somebody who is on no network sees nothing', () => {
    expect(addresses(zoneOf(web1), { asker: 'nobody', name: 'web' })).toBeUndefined();
  });
});

describe('networks', () => {
  const meBack = endpoint({ containerId: 'me', network: back, ipv4: '172.19.0.9' });
  const dbFront = endpoint({ containerId: 'c5', ipv4: '172.18.0.5', names: ['db'] });
  const dbBack = endpoint({ containerId: 'c6', network: back, ipv4: '172.19.0.6', names: ['db'] });

  it('the first network that knows a name answers, and answers are not merged', () => {
    expect(addresses(zoneOf(me, meBack, dbFront, dbBack), { name: 'db' })).toEqual(['172.18.0.5']);
    expect(addresses(zoneOf(meBack, me, dbFront, dbBack), { name: 'db' })).toEqual(['172.19.0.6']);
  });

  it('a given order decides over the order of attachment', () => {
    const zone = zoneOf(me, meBack, dbFront, dbBack);
    zone.setOrder('me', [back.id]);
    expect(addresses(zone, { name: 'db' })).toEqual(['172.19.0.6']);
  });

  it('a name that the first network has in the other family only is looked for on the next', () => {
    const dbSix = endpoint({ containerId: 'c7', ipv6: 'fd00::7', names: ['db'] });
    const zone = zoneOf(me, meBack, dbSix, dbBack);
    expect(addresses(zone, { name: 'db' })).toEqual(['172.19.0.6']);
    expect(addresses(zone, { name: 'db', type: 'AAAA' })).toEqual(['fd00::7']);
  });

  it('a container has a way out when one of its networks is not internal', () => {
    expect(zoneOf(me, meBack).hasWayOut('me')).toBe(true);
    expect(zoneOf(meBack).hasWayOut('me')).toBe(false);
    expect(zoneOf().hasWayOut('me')).toBe(false);
  });
});

describe('families and types', () => {
  it('a known name without an address of the family has an empty answer', () => {
    expect(addresses(zoneOf(me, web2), { name: 'web', type: 'AAAA' })).toEqual([]);
  });

  it('a known name has an empty answer for every other type', () => {
    expect(addresses(zoneOf(me, web2), { name: 'web', type: 'other' })).toEqual([]);
    expect(addresses(zoneOf(me, web2), { name: 'web', type: 'PTR' })).toEqual([]);
  });

  it('two containers behind one address are one record', () => {
    const shared = endpoint({ containerId: 'c8', ipv4: web2.ipv4, names: ['web'] });
    expect(addresses(zoneOf(me, web2, shared), { name: 'web' })).toEqual(['172.18.0.3']);
  });
});

describe('links', () => {
  const linked = { ...me, links: { database: 'shop-web-2', web: 'shop-web-1' } };

  it('an alias leads to the container that it names', () => {
    expect(addresses(zoneOf(linked, web1, web2), { name: 'Database' })).toEqual(['172.18.0.3']);
  });

  it('an alias goes before the names of others', () => {
    expect(addresses(zoneOf(linked, web1, web2), { name: 'web' })).toEqual(['172.18.0.2']);
  });

  it('an alias is nobody else’s', () => {
    expect(addresses(zoneOf(linked, web1, web2), { asker: 'c1', name: 'database' })).toBeUndefined();
  });
});

describe('reverse', () => {
  const pointer = (zone: ZoneTable, name: string) => zone.lookup({ asker: 'me', name, type: 'PTR' })?.pointer;

  it('an IPv4 address gives the container and its network', () => {
    expect(pointer(zoneOf(me, web1), '2.0.18.172.in-addr.arpa')).toBe('shop-web-1.shop_front');
  });

  it('an IPv6 address gives the container and its network', () => {
    const name = `2.${'0.'.repeat(27)}0.0.d.f.ip6.arpa`;
    expect(pointer(zoneOf(me, web1), name)).toBe('shop-web-1.shop_front');
  });

  it.each(['1.0.18.172.in-addr.arpa', '2.0.18.in-addr.arpa', '999.0.18.172.in-addr.arpa', 'x.ip6.arpa'])(
    '%s is not ours',
    (name) => {
      expect(zoneOf(me, web1).lookup({ asker: 'me', name, type: 'PTR' })).toBeUndefined();
    },
  );

  it('the reverse name of a container has no address, and is ours', () => {
    expect(addresses(zoneOf(me, web1), { name: '2.0.18.172.in-addr.arpa' })).toEqual([]);
  });
});

describe('changes', () => {
  it('an endpoint that goes takes its names along, and leaves those of others', () => {
    const zone = zoneOf(me, web1, web2);
    zone.removeEndpoint('c1', front.id);
    expect(addresses(zone, { name: 'www' })).toBeUndefined();
    expect(addresses(zone, { name: 'web' })).toEqual(['172.18.0.3']);
    expect(zone.lookup({ asker: 'me', name: '2.0.18.172.in-addr.arpa', type: 'PTR' })).toBeUndefined();
  });

  it('an endpoint set again has its new names and address only', () => {
    const zone = zoneOf(me, web1);
    zone.setEndpoint({ ...web1, ipv4: '172.18.0.20', names: ['site'] });
    expect(addresses(zone, { name: 'www' })).toBeUndefined();
    expect(addresses(zone, { name: 'site' })).toEqual(['172.18.0.20']);
  });

  it('two containers on one address: the other keeps it when one goes', () => {
    const shared = endpoint({ containerId: 'c8', containerName: 'other', ipv4: web1.ipv4 });
    const zone = zoneOf(me, web1, shared);
    zone.removeContainer('c1');
    const found = zone.lookup({ asker: 'me', name: '2.0.18.172.in-addr.arpa', type: 'PTR' });
    expect(found?.pointer).toBe('other.shop_front');
  });

  it('every change is seen in the version', () => {
    const zone = zoneOf(me);
    const before = zone.version;
    zone.setEndpoint(web1);
    zone.removeEndpoint('c1', front.id);
    expect(zone.version).toBe(before + 2);
    zone.removeEndpoint('c1', front.id);
    expect(zone.version).toBe(before + 2);
  });

  it('10,000 endpoints come and go at a cost that does not grow with their number', () => {
    const zone = zoneOf(me);
    const many = Array.from({ length: 10_000 }, (_, index) =>
      endpoint({ containerId: `x${index}`, ipv4: `10.1.${index >> 8}.${index & 255}`, names: ['many'] }),
    );
    const begin = performance.now();
    for (const each of many) zone.setEndpoint(each);
    for (const { containerId } of many) zone.removeContainer(containerId);
    expect(performance.now() - begin).toBeLessThan(5000);
    expect(addresses(zone, { name: 'many' })).toBeUndefined();
  });
});

describe('readiness', () => {
  const sick = { ...web1, ready: false };

  it('a replica that is not ready is left out', () => {
    expect(addresses(zoneOf(me, sick, web2), { name: 'web' })).toEqual(['172.18.0.3']);
  });

  it('when none is ready all are given: a slow answer is better than none', () => {
    expect(addresses(zoneOf(me, sick), { name: 'web' })).toEqual(['172.18.0.2']);
  });
});

describe('own addresses', () => {
  it('a container has the addresses of its endpoints, however they are written', () => {
    const zone = zoneOf(endpoint({ containerId: 'me', ipv4: '10.0.0.1', ipv6: 'fd00::a:1' }));
    expect(zone.hasAddress('me', '10.0.0.1')).toBe(true);
    expect(zone.hasAddress('me', 'FD00:0:0::A:1')).toBe(true);
    expect(zone.hasAddress('me', '10.0.0.2')).toBe(false);
    expect(zone.hasAddress('me', 'nonsense')).toBe(false);
  });
});
