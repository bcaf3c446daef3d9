import { createHash } from 'node:crypto';
import { ipBytes } from '../host/ip-bytes.ts';

/** `02:42:` and the four bytes of an IPv4 address: the same address has the same MAC, so no neighbour's cache goes stale. */
export function macFor(ipv4: string): string {
  const bytes = ipBytes(ipv4);
  // An endpoint with IPv6 only has no such address to take it from.
  if (bytes?.length !== 4) return seededMac(ipv4);
  return macText([0x02, 0x42, ...bytes]);
}

/** A locally administered unicast MAC that the seed decides. */
export function seededMac(seed: string): string {
  return macText([0x02, ...createHash('sha256').update(seed).digest().subarray(0, 5)]);
}

function macText(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
