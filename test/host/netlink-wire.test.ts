import { describe, expect, it } from 'vitest';
import { formatWireAddress, parseWireAddress } from '../../src/host/netlink-addresses.ts';
import {
  attribute,
  decodeAck,
  decodeAttributes,
  decodeMessages,
  decodeText,
  encodeMessage,
  nested,
} from '../../src/host/netlink-wire.ts';

describe('netlink messages', () => {
  it('come back as they went, padded to four bytes', () => {
    const one = { type: 16, flags: 5, sequence: 7, body: Buffer.from('abcde') };
    const two = { type: 18, flags: 1, sequence: 8, body: Buffer.from('f') };
    const wire = Buffer.concat([encodeMessage(one), encodeMessage(two)]);
    expect(wire.length % 4).toBe(0);
    expect(decodeMessages(wire)).toEqual([one, two]);
  });

  it('that are cut off end the list', () => {
    expect(decodeMessages(Buffer.alloc(12))).toEqual([]);
    expect(decodeMessages(Buffer.alloc(16))).toEqual([]);
  });

  it('hold attributes: texts end with a zero, numbers have 32 bits, nests nest', () => {
    const data = Buffer.concat([
      attribute(3, 'br-1'),
      nested(18, [attribute(1, 'veth'), attribute(4, 1500)]),
    ]);
    const outer = decodeAttributes(data);
    expect(decodeText(outer.get(3))).toBe('br-1');
    const inner = decodeAttributes(outer.get(18) ?? Buffer.alloc(0));
    expect(decodeText(inner.get(1))).toBe('veth');
    expect(inner.get(4)?.readUInt32LE(0)).toBe(1500);
  });

  it('that refuse carry the errno and the words of the kernel', () => {
    const head = Buffer.alloc(20);
    head.writeInt32LE(-22, 0);
    const body = Buffer.concat([head, attribute(1, 'Nexthop has invalid gateway')]);
    const capped = 0x100;
    const withWords = 0x200;
    const message = { type: 2, flags: capped | withWords, sequence: 1, body };
    expect(decodeAck(message)).toEqual({ errno: 22, text: 'Nexthop has invalid gateway' });
    expect(decodeAck({ ...message, flags: capped })).toEqual({ errno: 22, text: '' });
  });
});

describe('addresses in the form of the kernel', () => {
  it.each([
    ['172.18.0.1/16', '172.18.0.1', 16],
    ['10.0.0.1', '10.0.0.1', 32],
    ['fd00:0:0:1::/64', 'fd00:0:0:1::', 64],
    ['::1', '::1', 128],
    ['::', '::', 128],
    ['fe80::42:acff:fe12:2/64', 'fe80::42:acff:fe12:2', 64],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3', 128],
  ])('%s', (text, address, prefixLength) => {
    const parsed = parseWireAddress(text);
    expect(formatWireAddress(parsed.bytes)).toBe(address);
    expect(parsed.prefixLength).toBe(prefixLength);
  });

  it('are refused when they are none', () => {
    expect(() => parseWireAddress('10.0.0')).toThrow('not an IP address');
  });
});
