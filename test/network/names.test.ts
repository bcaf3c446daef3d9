import { describe, expect, it } from 'vitest';
import { bridgeName, LONGEST_INTERFACE_NAME, vethName } from '../../src/network/interface-names.ts';
import { macFor, seededMac } from '../../src/network/macs.ts';

describe('names and addresses of devices', () => {
  it('a bridge is named by its network id, or by the option', () => {
    expect(bridgeName('3f0123456789abcdef', {})).toBe('br-3f0123456789');
    expect(bridgeName('3f01', { 'com.docker.network.bridge.name': 'lab0' })).toBe('lab0');
  });

  it('a veth has 7 digits and fits', () => {
    expect(vethName('any seed')).toMatch(/^veth[0-9a-f]{7}$/);
    expect(vethName('any seed').length).toBeLessThanOrEqual(LONGEST_INTERFACE_NAME);
    expect(vethName('any seed')).toBe(vethName('any seed'));
  });

  it('a MAC holds the IPv4 address', () => {
    expect(macFor('172.18.0.2')).toBe('02:42:ac:12:00:02');
  });

  it('a MAC without IPv4 is local and unicast', () => {
    const first = Number.parseInt(seededMac('x').slice(0, 2), 16);
    expect(first & 0b11).toBe(0b10);
    expect(macFor('')).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  });
});
