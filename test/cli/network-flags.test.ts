import { describe, expect, it } from 'vitest';
import { ipamOf } from '../../src/cli/ipam-flags.ts';
import { filters } from '../../src/cli/values.ts';

describe('the ranges of network create', () => {
  it('go to the subnet that they lie in, whatever their order', () => {
    const flags = {
      subnet: ['10.1.0.0/16', 'fd01::/64'],
      gateway: ['fd01::fe', '10.1.0.254'],
      ipRange: ['10.1.8.0/24'],
      auxAddress: { a: '10.1.0.5', b: 'fd01::5' },
    };
    expect(ipamOf(flags).IPAM?.Config).toEqual([
      {
        Subnet: '10.1.0.0/16',
        Gateway: '10.1.0.254',
        IPRange: '10.1.8.0/24',
        AuxiliaryAddresses: { a: '10.1.0.5' },
      },
      { Subnet: 'fd01::/64', Gateway: 'fd01::fe', AuxiliaryAddresses: { b: 'fd01::5' } },
    ]);
  });

  it('are left to the engine when nothing is said', () => {
    expect(ipamOf({})).toEqual({});
  });

  it.each([
    [{ gateway: ['10.1.0.1'] }, 'every ip-range or gateway must have a corresponding subnet'],
    [{ subnet: ['10.1.0.0/24'], gateway: ['10.2.0.1'] }, 'no matching subnet for gateway 10.2.0.1'],
    [{ subnet: ['10.1.0.0/24'], ipRange: ['10.2.0.0/25'] }, 'no matching subnet for range 10.2.0.0/25'],
    [
      { subnet: ['10.1.0.0/24'], auxAddress: { x: '10.2.0.1' } },
      'no matching subnet for aux-address 10.2.0.1',
    ],
    [
      { subnet: ['10.1.0.0/24', '10.1.0.0/25'] },
      'multiple overlapping subnet configuration is not supported',
    ],
    [
      { subnet: ['10.1.0.0/24', 'fd01::/64'], gateway: ['10.1.0.1', '10.1.0.2'] },
      'cannot configure multiple gateways (10.1.0.2, 10.1.0.1) on the same subnet (10.1.0.0/24)',
    ],
  ])('%j are refused: %s', (flags, text) => {
    expect(() => ipamOf(flags)).toThrow(text);
  });
});

it('filters of a list are collected by their key', () => {
  expect(filters(['label=a=b', 'label=c', 'name=x', 'label!=d'])).toEqual({
    label: ['a=b', 'c'],
    name: ['x'],
    'label!': ['d'],
  });
  expect(() => filters(['odd'])).toThrow('KEY=VALUE');
});
