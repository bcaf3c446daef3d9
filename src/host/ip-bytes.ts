import { isIPv4, isIPv6 } from 'node:net';

/**
 * The bytes of an IP address in network order: 4 or 16 of them, `undefined` when the text is no address.
 * A zone (`fe80::1%eth0`) is left out of account.
 */
export function ipBytes(text: string): Buffer | undefined {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  if (!isIPv6(text)) return undefined;
  return ipv6Bytes(text.split('%', 1)[0] ?? text);
}

/** The shortest-effort text of an address: IPv4 dotted, IPv6 as eight groups; equal addresses give equal texts. */
export function ipKey(text: string): string | undefined {
  return ipBytes(text)?.toString('hex');
}

function ipv6Bytes(text: string): Buffer {
  const [head = '', tail] = dottedTailAsGroups(text).split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const zeros = Array<number>(8 - before.length - after.length).fill(0);
  const bytes = Buffer.alloc(16);
  [...before, ...zeros, ...after].forEach((group, index) => bytes.writeUInt16BE(group, index * 2));
  return bytes;
}

/** `::ffff:10.0.0.1` → `::ffff:a00:1`. */
function dottedTailAsGroups(text: string): string {
  const dotted = /[\d.]+$/.exec(text)?.[0];
  if (!dotted?.includes('.')) return text;
  const bytes = Buffer.from(dotted.split('.').map(Number));
  const groups = `${bytes.readUInt16BE(0).toString(16)}:${bytes.readUInt16BE(2).toString(16)}`;
  return text.slice(0, -dotted.length) + groups;
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
