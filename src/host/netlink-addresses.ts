import { AF_INET, AF_INET6 } from './kernel.ts';

/** An address or subnet in the kernel's form. */
export interface WireAddress {
  readonly family: typeof AF_INET | typeof AF_INET6;
  readonly bytes: Buffer;
  readonly prefixLength: number;
}

/** `10.0.0.1/24`, `fd00::1`; without a length it is the whole address. Throws a plain Error on anything else. */
export function parseWireAddress(text: string): WireAddress {
  const [address = '', length] = text.split('/');
  const bytes = address.includes(':') ? ipv6Bytes(address) : ipv4Bytes(address);
  if (!bytes) throw new Error(`not an IP address: ${text}`);
  return {
    family: bytes.length === 4 ? AF_INET : AF_INET6,
    bytes,
    prefixLength: length === undefined ? bytes.length * 8 : Number(length),
  };
}

/** IPv6 in its shortest form (RFC 5952). */
export function formatWireAddress(bytes: Buffer): string {
  return bytes.length === 4 ? [...bytes].join('.') : formatIpv6(bytes);
}

function ipv4Bytes(text: string): Buffer | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined;
  return Buffer.from(parts.map(Number));
}

function ipv6Bytes(text: string): Buffer | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':').flatMap(ipv6Groups)));
  const left = head ?? [];
  const right = tail ?? [];
  const missing = 8 - left.length - right.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...Array<number>(missing).fill(0), ...right];
  if (groups.some((group) => !Number.isInteger(group) || group < 0 || group > 0xffff)) return undefined;
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** One group, or the IPv4 form of two. NaN marks a mistake. */
function ipv6Groups(text: string): number[] {
  if (!text.includes('.')) return [/^[0-9a-fA-F]{1,4}$/.test(text) ? parseInt(text, 16) : Number.NaN];
  const bytes = ipv4Bytes(text);
  return bytes ? [bytes.readUInt16BE(0), bytes.readUInt16BE(2)] : [Number.NaN];
}

function formatIpv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  const zeros = longestZeros(groups);
  if (zeros.length < 2) return groups.join(':');
  const before = groups.slice(0, zeros.start).join(':');
  const after = groups.slice(zeros.start + zeros.length).join(':');
  return `${before}::${after}`;
}

function longestZeros(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== '0') start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
}
