import { expect, it } from 'vitest';
import type { Link, Route } from '../../src/host/netlink.ts';
import { smallestMtu } from '../../src/network/default-mtu.ts';

const link = (name: string, mtu: number, up = true): Link => ({
  index: 1,
  name,
  kind: '',
  alias: '',
  mac: '',
  mtu,
  up,
  carries: up,
  master: 0,
});
const route = (cidr: string, dev: string, type = 1): Route => ({ cidr, dev, via: '', table: 254, type });
const links = [link('lo', 65_536), link('eth0', 9001), link('wg0', 1420), link('tun0', 1380, false)];

it('the MTU is that of the device with the default route', () => {
  expect(smallestMtu([route('0.0.0.0/0', 'eth0'), route('10.0.0.0/8', 'wg0')], links)).toBe(9001);
});

it('of several ways out the smallest counts, of IPv6 and VPNs too', () => {
  expect(smallestMtu([route('0.0.0.0/0', 'eth0'), route('::/0', 'wg0')], links)).toBe(1420);
  const halves = [route('0.0.0.0/1', 'wg0'), route('128.0.0.0/1', 'wg0')];
  expect(smallestMtu([route('0.0.0.0/0', 'eth0'), ...halves], links)).toBe(1420);
});

it('blackholes, loopback and devices that are down lead nowhere', () => {
  const nowhere = [route('::/0', 'lo'), route('0.0.0.0/0', 'wg0', 6), route('0.0.0.0/0', 'tun0')];
  expect(smallestMtu(nowhere, links)).toBe(1500);
});

it('without a way out it is that of an Ethernet', () => {
  expect(smallestMtu([], links)).toBe(1500);
});
