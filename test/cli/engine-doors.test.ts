import { expect, test } from 'vitest';
import { doorsOf } from '../../src/cli/commands/engine-doors.ts';

test('without an address there is no door', () => {
  expect(doorsOf({ tlsverify: true })).toEqual([]);
});

test.each([
  [{ host: 'unix:///x' }, 'not an address'],
  [{ host: 'tcp://0.0.0.0:2375' }, 'only who shows a certificate'],
  [{ host: 'tcp://[::1]:2376', tlsverify: true }, '--tlscacert is missing'],
  [{ host: 'tcp://h:1', tlsverify: true, tlscacert: '/nowhere/ca.pem' }, 'there is no file /nowhere/ca.pem'],
])('%j is refused', (flags, text) => {
  expect(() => doorsOf(flags)).toThrow(text);
});
