import { ipBytes } from '../host/ip-bytes.ts';
import { formatWireAddress } from '../host/netlink-addresses.ts';

/** A range of addresses that a prefix names. Addresses are numbers, the first bits the highest. */
export interface Cidr {
  readonly version: 4 | 6;
  readonly prefixLength: number;
  /** Network address: host bits are zero. */
  readonly first: bigint;
  readonly last: bigint;
}

/** The range around `172.18.0.5/16`, host bits cut off; undefined when the text is no prefix. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const address = match?.[1] === undefined ? undefined : parseAddress(match[1]);
  if (!address || !match) return undefined;
  const prefixLength = Number(match[2]);
  const bits = bitsOf(address.version);
  if (prefixLength > bits) return undefined;
  const size = 1n << BigInt(bits - prefixLength);
  const first = (address.value / size) * size;
  return { version: address.version, prefixLength, first, last: first + size - 1n };
}

/** An address as a number; undefined when the text is none. */
export function parseAddress(text: string): { readonly version: 4 | 6; readonly value: bigint } | undefined {
  const bytes = ipBytes(text);
  if (!bytes || text.includes('%')) return undefined;
  return { version: bytes.length === 4 ? 4 : 6, value: BigInt(`0x${bytes.toString('hex')}`) };
}

/** `172.18.0.0/16` */
export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.first, cidr.version)}/${cidr.prefixLength}`;
}

export function formatAddress(value: bigint, version: 4 | 6): string {
  const digits = value.toString(16).padStart(bitsOf(version) / 4, '0');
  return formatWireAddress(Buffer.from(digits, 'hex'));
}

export function overlap(a: Cidr, b: Cidr): boolean {
  return a.version === b.version && a.first <= b.last && b.first <= a.last;
}

/** True when every address of `inner` lies in `outer`. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return outer.version === inner.version && outer.first <= inner.first && inner.last <= outer.last;
}

export function containsAddress(cidr: Cidr, address: { version: 4 | 6; value: bigint }): boolean {
  return cidr.version === address.version && cidr.first <= address.value && address.value <= cidr.last;
}

function bitsOf(version: 4 | 6): number {
  return version === 4 ? 32 : 128;
}
