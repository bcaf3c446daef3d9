import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isIpAddress } from '../../src/compose/canonical/ip-address.ts';
import { parsePorts } from '../../src/compose/canonical/ports.ts';
import { splitWords } from '../../src/compose/canonical/shell-words.ts';
import { closest, editDistance } from '../../src/compose/text/closest.ts';
import { formatDuration } from '../../src/model/go-duration.ts';
import { parseDuration } from '../../src/compose/units/durations.ts';
import { parseSize } from '../../src/compose/units/sizes.ts';
import { integerOf, plainScalar } from '../../src/compose/yaml/scalars.ts';

test.each([
  ['10s', '10s'],
  ['90s', '1m30s'],
  ['1h5m30s20ms', '1h5m30.02s'],
  ['24h', '24h0m0s'],
  ['1d', '24h0m0s'],
  ['1w', '168h0m0s'],
  ['1.5s', '1.5s'],
  ['20ms', '20ms'],
  ['1500us', '1.5ms'],
  ['0', '0s'],
  ['0s', '0s'],
  ['-1s', '-1s'],
])('the duration %s is %s', (text, expected) => {
  const value = parseDuration(text);
  expect(value === undefined ? undefined : formatDuration(value)).toBe(expected);
});

test.each(['', '1', '1x', 's', '1 s', '1h-5m', '99999999999h'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('a duration that is printed is read back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (value) => {
      expect(parseDuration(formatDuration(value))).toBe(value);
    }),
  );
});

test.each([
  ['64kb', 65_536n],
  ['2g', 2_147_483_648n],
  ['1.5GiB', 1_610_612_736n],
  ['50M', 52_428_800n],
  ['300', 300n],
  ['10b', 10n],
  ['-1', -1n],
  ['1 k', 1024n],
])('the size %s is %s bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', 'k', '1x', '1kk', 'one', '99999999t'])('%j is no size', (text) => {
  expect(parseSize(text)).toBeUndefined();
});

test.each([
  ['80', [{ hostIp: '', published: '', target: 80, protocol: 'tcp' }]],
  ['8080:80/udp', [{ hostIp: '', published: '8080', target: 80, protocol: 'udp' }]],
  ['127.0.0.1::80', [{ hostIp: '127.0.0.1', published: '', target: 80, protocol: 'tcp' }]],
  ['[::1]:80:81', [{ hostIp: '::1', published: '80', target: 81, protocol: 'tcp' }]],
  ['::1:80:81', [{ hostIp: '::1', published: '80', target: 81, protocol: 'tcp' }]],
  ['8000-9000:80', [{ hostIp: '', published: '8000-9000', target: 80, protocol: 'tcp' }]],
])('the port %s is understood', (text, expected) => {
  expect(parsePorts(text)).toEqual(expected);
});

test('ranges of one length become one port each', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 30_000 }),
      fc.nat({ max: 30_000 }),
      fc.nat({ max: 50 }),
      (host, target, more) => {
        const found = parsePorts(
          `${String(host + 1)}-${String(host + 1 + more)}:${String(target + 1)}-${String(target + 1 + more)}`,
        );
        expect(Array.isArray(found) && found.length).toBe(more + 1);
        expect(found[more]).toMatchObject({ published: String(host + 1 + more), target: target + 1 + more });
      },
    ),
  );
});

test('no text makes the port parser crash', () => {
  const text = fc.string({ unit: fc.constantFrom(...Array.from('0123456789:-/[].tcpudx')), maxLength: 30 });
  fc.assert(
    fc.property(text, (spec) => {
      expect(parsePorts(spec).length).toBeGreaterThan(0);
    }),
    { numRuns: 2000 },
  );
});

test('addresses are told from names', () => {
  expect(
    ['1.2.3.4', '::', '::1', 'fe80::1%eth0', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4'].every(isIpAddress),
  ).toBe(true);
  expect(
    ['1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', 'a', ':::', '1::2::3', '1:2', '', '1.2.3.4.'].some(
      isIpAddress,
    ),
  ).toBe(false);
});

test.each<[string, string[] | undefined]>([
  ['a b  c', ['a', 'b', 'c']],
  [`sh -c 'a "b" c'`, ['sh', '-c', 'a "b" c']],
  ['a\\ b "c\\"d" "e\\f"', ['a b', 'c"d', 'e\\f']],
  [`a''b ""`, ['ab', '']],
  ['$A `b`', ['$A', '`b`']],
  ['', []],
  ['"a', undefined],
])('the words of %j', (line, expected) => {
  expect(splitWords(line)).toEqual(expected);
});

test('words in single quotes come out as they are', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[^']*$/)), (words) => {
      expect(splitWords(words.map((word) => `'${word}'`).join(' '))).toEqual(words);
    }),
  );
});

test('plain scalars have the types that compose gives them', () => {
  expect(['0440', '0o17', '0x1f', '0b11', '1_000', '-5', '+5'].map(plainScalar)).toEqual([
    288, 15, 31, 3, 1000, -5, 5,
  ]);
  expect(
    ['yes', 'on', '12:30', '2001-01-01', '0o8', '1.2.3', '-', '.', '+'].map(
      (text) => plainScalar(text) === text,
    ),
  ).not.toContain(false);
  expect(['1.5', '.5', '1e3', '~', '', 'TRUE', '.inf'].map(plainScalar)).toEqual([
    1.5,
    0.5,
    1000,
    null,
    null,
    true,
    Infinity,
  ]);
  expect(integerOf('9007199254740993')).toBe(9007199254740993n);
});

test('the nearest word is suggested, and a far one is not', () => {
  expect(closest('enviroment', ['environment', 'image'])).toBe('environment');
  expect(closest('dependsOn', ['depends_on', 'deploy'])).toBe('depends_on');
  expect(closest('xyz', ['image', 'build'])).toBeUndefined();
  expect(editDistance('ab', 'ba')).toBe(1);
});
