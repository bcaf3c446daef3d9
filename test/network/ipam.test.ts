import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IpamConfig, NetworkSpec } from '../../src/model/network.ts';
import { completePools, takeAddress, takeSubnet } from '../../src/network/ipam.ts';
import { overlap, parseCidr } from '../../src/network/cidr.ts';
import { thrownBy } from './thrown.ts';

function spec(ipam: readonly IpamConfig[], changes: Partial<NetworkSpec> = {}): NetworkSpec {
  return {
    name: 'shop_front',
    driver: 'bridge',
    internal: false,
    attachable: false,
    enableIPv4: true,
    enableIPv6: false,
    ipam,
    options: {},
    labels: {},
    ...changes,
  };
}

function takeMany(count: number, taken: readonly string[] = []): string[] {
  const subnets: string[] = [...taken];
  for (let index = 0; index < count; index += 1) subnets.push(takeSubnet({ taken: subnets }).subnet);
  return subnets.slice(taken.length);
}

describe('default pools', () => {
  it('come in the order and sizes of Docker, without the range of the default bridge', () => {
    const subnets = takeMany(30);
    expect(subnets.slice(0, 3)).toEqual(['172.18.0.0/16', '172.19.0.0/16', '172.20.0.0/16']);
    expect(subnets[13]).toBe('172.31.0.0/16');
    expect(subnets[14]).toBe('192.168.0.0/20');
    expect(subnets[29]).toBe('192.168.240.0/20');
  });

  it('go on with small networks when those are used up', () => {
    expect(takeMany(32).slice(30)).toEqual(['10.208.0.0/24', '10.208.1.0/24']);
  });

  it('last while a VPN routes all of the private ranges', () => {
    const taken = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];
    expect(takeSubnet({ taken }).subnet).toBe('198.18.0.0/24');
  });

  it('pass over default routes, also those that VPNs cut in two', () => {
    const taken = ['0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/1', '::/0'];
    expect(takeSubnet({ taken }).subnet).toBe('172.18.0.0/16');
  });

  it('give the default bridge 172.17.0.0/16, and another range when that is routed', () => {
    expect(completePools(spec([], { name: 'bridge' }), [])).toEqual([
      { subnet: '172.17.0.0/16', gateway: '172.17.0.1' },
    ]);
    const taken = [{ cidr: '172.17.0.0/16', holder: 'route on docker0' }];
    expect(completePools(spec([], { name: 'bridge' }), taken)[0]?.subnet).toBe('172.18.0.0/16');
  });

  it('run out with the words of Docker and the way on', () => {
    const taken = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '198.18.0.0/15'];
    const error = thrownBy(() => takeSubnet({ taken }));
    expect(error).toMatchObject({
      status: 400,
      code: 'SUBNET_POOL_EXHAUSTED',
      message: 'all predefined address pools have been fully subnetted',
    });
    expect(error.hint).toContain('--subnet');
  });

  it('never overlap what is taken', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const ranges = fc.array(
      fc.tuple(fc.constantFrom('10', '172', '192', '198'), octet, octet, fc.integer({ min: 8, max: 32 })),
      {
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(ranges, (parts) => {
        const taken = parts.map(([a, b, c, length]) => `${a}.${b}.${c}.0/${length}`);
        let subnet: string;
        try {
          subnet = takeSubnet({ taken }).subnet;
        } catch {
          return;
        }
        const given = parseCidr(subnet);
        for (const text of taken) {
          const range = parseCidr(text);
          expect(given && range && overlap(given, range)).toBe(false);
        }
      }),
    );
  });
});

describe('named subnets', () => {
  it('have the first address as gateway', () => {
    expect(completePools(spec([{ subnet: '10.9.0.0/24' }]), [])).toEqual([
      { subnet: '10.9.0.0/24', gateway: '10.9.0.1' },
    ]);
  });

  it('have the first address of the range as gateway when a range is given', () => {
    const pools = completePools(spec([{ subnet: '10.99.0.0/24', ipRange: '10.99.0.128/25' }]), []);
    expect(pools).toEqual([{ subnet: '10.99.0.0/24', gateway: '10.99.0.128', ipRange: '10.99.0.128/25' }]);
  });

  it('keep the gateway and the reserved addresses that are named', () => {
    const config = { subnet: '10.9.0.0/24', gateway: '10.9.0.254', auxAddresses: { printer: '10.9.0.7' } };
    expect(completePools(spec([config]), [])).toEqual([config]);
  });

  it('must not overlap another network, and the error names it', () => {
    const error = thrownBy(() =>
      completePools(spec([{ subnet: '172.18.4.0/24' }]), [
        { cidr: '172.18.0.0/16', holder: 'network shop_back' },
      ]),
    );
    expect(error).toMatchObject({
      status: 403,
      code: 'SUBNET_OVERLAP',
      message: 'Pool overlaps with other one on this address space',
    });
    expect(error.hint).toContain('network shop_back (172.18.0.0/16)');
  });

  it('must not swallow a route of the host', () => {
    const taken = [{ cidr: '10.8.0.0/24', holder: 'route on tun0 (table 254)' }];
    const error = thrownBy(() => completePools(spec([{ subnet: '10.8.0.0/16' }]), taken));
    expect(error.hint).toContain('route on tun0');
  });

  it('may lie inside a wider route, as the more specific one', () => {
    const taken = [{ cidr: '10.0.0.0/8', holder: 'route on tun0 (table 254)' }];
    expect(completePools(spec([{ subnet: '10.8.0.0/16' }]), taken)[0]?.subnet).toBe('10.8.0.0/16');
  });

  it.each([
    [{ subnet: '10.98.0.5/24' }, 'invalid subnet 10.98.0.5/24: it should be 10.98.0.0/24'],
    [{ subnet: 'nonsense' }, 'invalid subnet nonsense: invalid CIDR block notation'],
    [
      { subnet: '10.9.0.0/24', ipRange: '10.9.0.0/16' },
      'invalid ip-range 10.9.0.0/16: CIDR block is bigger than its parent subnet 10.9.0.0/24',
    ],
    [
      { subnet: '10.9.0.0/24', ipRange: '10.7.0.0/25' },
      "invalid ip-range 10.7.0.0/25: parent subnet 10.9.0.0/24 doesn't contain ip-range",
    ],
    [
      { subnet: '10.9.0.0/24', gateway: '10.7.0.1' },
      "invalid gateway 10.7.0.1: parent subnet 10.9.0.0/24 doesn't contain this address",
    ],
    [
      { subnet: '10.9.0.0/24', gateway: 'fd00::1' },
      'invalid gateway fd00::1: parent subnet is an IPv4 block',
    ],
    [
      { subnet: '10.9.0.0/24', auxAddresses: { printer: 'x' } },
      'invalid auxiliary address printer: invalid address',
    ],
  ])('are refused when they make no sense: %j', (config, problem) => {
    const error = thrownBy(() => completePools(spec([config]), []));
    expect(error).toMatchObject({ status: 400, code: 'NETWORK_CONFIG_INVALID' });
    expect(error.message).toBe(`invalid network config:\n${problem}`);
  });

  it('tell every problem at once', () => {
    const config = { subnet: '10.9.0.1/24', gateway: '10.7.0.1' };
    expect(thrownBy(() => completePools(spec([config]), [])).message.split('\n')).toHaveLength(3);
  });

  it.each([
    [{ gateway: '10.97.0.1' }, 'no matching subnet for gateway 10.97.0.1'],
    [{ ipRange: '10.97.0.0/25' }, 'no matching subnet for range 10.97.0.0/25'],
  ])('must be there when something inside them is named: %j', (config, message) => {
    expect(thrownBy(() => completePools(spec([config]), [])).message).toBe(message);
  });

  it('are any free ones of a length, when only that is named', () => {
    const of = (subnet: string, taken: string[]) => completePools(spec([{ subnet }]), taken)[0]?.subnet;
    expect(of('0.0.0.0/24', [])).toBe('172.18.0.0/24');
    expect(of('0.0.0.0/24', ['172.18.0.0/16', '172.19.0.0/24'])).toBe('172.19.1.0/24');
    expect(of('0.0.0.0/13', ['172.18.0.0/16'])).toBe('10.208.0.0/13');
    const withGateway = spec([{ subnet: '0.0.0.0/24', gateway: '0.0.0.1' }]);
    expect(thrownBy(() => completePools(withGateway, [])).message).toContain('any subnet of that length');
  });

  it('are one for each family', () => {
    const two = spec([{ subnet: '10.1.0.0/24' }, { subnet: '10.2.0.0/24' }]);
    expect(thrownBy(() => completePools(two, [])).message).toBe(
      "bridge driver doesn't support multiple subnets",
    );
    const both = spec([{ subnet: 'fd01::/64' }, { subnet: '10.2.0.0/24' }], { enableIPv6: true });
    expect(completePools(both, [])).toEqual([
      { subnet: '10.2.0.0/24', gateway: '10.2.0.1' },
      { subnet: 'fd01::/64', gateway: 'fd01::1' },
    ]);
  });
});

describe('IPv6 without a named subnet', () => {
  it('is a unique local /64, the same for the same name', () => {
    const [, first] = completePools(spec([], { enableIPv6: true }), []);
    const [, again] = completePools(spec([], { enableIPv6: true }), []);
    expect(first).toEqual(again);
    expect(first?.subnet).toMatch(/^fd[0-9a-f:]+\/64$/);
  });

  it('or IPv4 must be there', () => {
    const none = spec([], { enableIPv4: false });
    expect(thrownBy(() => completePools(none, [])).message).toBe('IPv4 or IPv6 must be enabled');
  });
});

describe('addresses', () => {
  const pool = { subnet: '10.9.0.0/29', gateway: '10.9.0.1' };

  it('are the lowest free ones', () => {
    expect(takeAddress({ pool, used: ['10.9.0.2', '10.9.0.4'], reserved: [] })).toBe('10.9.0.3');
  });

  it('leave reserved and auxiliary ones free', () => {
    const withAux = { ...pool, auxAddresses: { printer: '10.9.0.2' } };
    expect(takeAddress({ pool: withAux, used: [], reserved: ['10.9.0.3'] })).toBe('10.9.0.4');
  });

  it('come from the range when there is one', () => {
    const ranged = { subnet: '10.9.0.0/24', gateway: '10.9.0.128', ipRange: '10.9.0.128/25' };
    expect(takeAddress({ pool: ranged, used: [], reserved: [] })).toBe('10.9.0.129');
  });

  it('run out before the broadcast address', () => {
    const used = [2, 3, 4, 5, 6].map((last) => `10.9.0.${last}`);
    expect(thrownBy(() => takeAddress({ pool, used, reserved: [] })).code).toBe('ADDRESS_POOL_EXHAUSTED');
  });

  it('may be named, also a reserved one', () => {
    expect(takeAddress({ pool, used: [], reserved: ['10.9.0.5'], wanted: '10.9.0.5' })).toBe('10.9.0.5');
  });

  it.each(['10.9.0.1', '10.9.0.2', '10.9.0.0', '10.9.0.7'])(
    'are refused when in use or special: %s',
    (wanted) => {
      const error = thrownBy(() => takeAddress({ pool, used: ['10.9.0.2'], reserved: [], wanted }));
      expect(error).toMatchObject({ status: 403, code: 'ADDRESS_TAKEN' });
    },
  );

  it('are refused outside the subnet', () => {
    const error = thrownBy(() => takeAddress({ pool, used: [], reserved: [], wanted: '10.10.0.5' }));
    expect(error).toMatchObject({ status: 400, code: 'ADDRESS_OUTSIDE_SUBNET' });
  });

  it('of a /31 are both usable', () => {
    const link = { subnet: '10.9.0.0/31', gateway: '10.9.0.0' };
    expect(takeAddress({ pool: link, used: [], reserved: [] })).toBe('10.9.0.1');
  });

  it('of IPv6 begin after the gateway', () => {
    const v6 = { subnet: 'fd01::/64', gateway: 'fd01::1' };
    expect(takeAddress({ pool: v6, used: ['fd01::2'], reserved: [] })).toBe('fd01::3');
  });
});
