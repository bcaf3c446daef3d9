import { expect, it } from 'vitest';
import { addressesOf, bitsPerSecond } from '../../src/testing/faults.ts';

it('a rate is a number of bits a second, or a text with its unit', () => {
  expect(['500kbit', '10 mbit/s', '1.5Gbit', '9600bit', 64_000].map(bitsPerSecond)).toEqual([
    500_000, 10_000_000, 1_500_000_000, 9600, 64_000,
  ]);
  expect(() => bitsPerSecond('fast')).toThrow(expect.objectContaining({ code: 'RATE_INVALID' }));
});

it('a name leads to addresses, or to those of a service', () => {
  const addressOfService = (name: string) => (name === 'db' ? '10.0.0.3' : undefined);
  expect(addressesOf(['192.0.2.1', '::1', 'db'], addressOfService)).toEqual(['192.0.2.1', '::1', '10.0.0.3']);
  expect(() => addressesOf('nobody', addressOfService)).toThrow(
    expect.objectContaining({ code: 'FAULT_ADDRESS' }),
  );
});
