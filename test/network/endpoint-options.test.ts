import { describe, expect, it } from 'vitest';
import {
  announcesItself,
  checkEndpointSettings,
  interfaceNameFor,
  interfaceParameters,
  linkLocalCidr,
} from '../../src/network/endpoint-options.ts';
import { endpointSteps } from '../../src/network/endpoint-steps.ts';
import { endpointOf, networkOf } from './records.ts';

const withOption = (name: string, value: string) => ({
  aliases: [],
  driverOpts: { [`com.docker.network.${name}`]: value },
});

describe('the name of an interface', () => {
  const prefix = { options: { 'com.docker.network.container_iface_prefix': 'lan' } };

  it('is the one asked for, else the lowest free number after the prefix', () => {
    const plain = { settings: { aliases: [] }, network: { options: {} } };
    expect(interfaceNameFor(plain, [])).toBe('eth0');
    expect(interfaceNameFor(plain, ['eth0', 'eth2'])).toBe('eth1');
    expect(interfaceNameFor({ ...plain, network: prefix }, ['eth0'])).toBe('lan0');
    const asked = { settings: withOption('endpoint.ifname', 'wan'), network: prefix };
    expect(interfaceNameFor(asked, ['eth0'])).toBe('wan');
    expect(() => interfaceNameFor(asked, ['wan'])).toThrow('already in use');
  });
});

describe('the kernel parameters of an interface', () => {
  const settings = withOption(
    'endpoint.sysctls',
    'net.ipv4.conf.IFNAME.log_martians=1, net.ipv6.conf.IFNAME.mtu=1400',
  );

  it('are written for its name', () => {
    expect(interfaceParameters(settings, 'eth1')).toEqual([
      { key: 'net.ipv4.conf.eth1.log_martians', value: '1' },
      { key: 'net.ipv6.conf.eth1.mtu', value: '1400' },
    ]);
    expect(interfaceParameters(settings, 'lab.5')[0]?.key).toBe('net/ipv4/conf/lab.5/log_martians');
  });

  it('may be written in small letters, as Docker’s client sends them', () => {
    const small = withOption('endpoint.sysctls', 'net.ipv4.conf.ifname.log_martians=1');
    expect(() => checkEndpointSettings(small)).not.toThrow();
    expect(interfaceParameters(small, 'eth1')[0]?.key).toBe('net.ipv4.conf.eth1.log_martians');
  });

  it('come after the interface is up', () => {
    const steps = endpointSteps({
      ...{ endpoint: endpointOf({ settings }), network: networkOf({}), netns: '/n', owner: 'berth' },
      ...{ container: 'web', mtu: 1500 },
    });
    const ids = steps.map(({ id }) => id);
    expect(ids.indexOf('sysctl eth0 net.ipv4.conf.eth0.log_martians')).toBeGreaterThan(
      ids.indexOf('eth0 up'),
    );
  });
});

it('neighbours are told where the MAC address does not follow from the address, or when asked', () => {
  expect(announcesItself({ aliases: [] }, false)).toBe(false);
  expect(announcesItself({ aliases: [] }, true)).toBe(true);
  expect(announcesItself({ aliases: [], macAddress: '02:00:00:00:00:01' }, false)).toBe(true);
  expect(announcesItself(withOption('advertise_addr_nmsgs', '3'), false)).toBe(true);
  expect(announcesItself(withOption('advertise_addr_nmsgs', '0'), true)).toBe(false);
});

it('link-local addresses get the length of their range', () => {
  expect(linkLocalCidr('169.254.1.2')).toBe('169.254.1.2/16');
  expect(linkLocalCidr('fe80::9')).toBe('fe80::9/64');
  expect(() => linkLocalCidr('10.0.0.1')).toThrow('invalid link local IP address: 10.0.0.1');
});

it.each([
  withOption('endpoint.ifname', 'a/b'),
  withOption('endpoint.ifname', 'lo'),
  withOption('endpoint.ifname', 'sixteen-letters0'),
  withOption('endpoint.sysctls', 'kernel.hostname=x'),
  withOption('endpoint.sysctls', 'net.ipv4.ip_forward=1'),
  withOption('advertise_addr_nmsgs', '4'),
  { aliases: [], linkLocalIps: ['fd00::1'] },
])('settings that cannot be are refused: %j', (settings) => {
  expect(() => checkEndpointSettings(settings)).toThrow(
    expect.objectContaining({ code: 'ENDPOINT_OPTION_INVALID' }),
  );
});
