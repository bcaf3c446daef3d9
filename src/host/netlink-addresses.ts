import { ipBytes } from './ip-bytes.ts';
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
  const bytes = ipBytes(address);
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
