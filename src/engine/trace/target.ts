import { ipBytes } from '../../host/ip-bytes.ts';
import { EngineError } from '../../model/errors.ts';

/** Where a connection is to go. */
export interface Target {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** Reads `db:5432`, `[::1]:80`, `clock:53/udp`. Throws EngineError TRACE_TARGET_INVALID. */
export function parseTarget(text: string): Target {
  const match = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})(?:\/(tcp|udp))?$/.exec(text);
  const port = Number(match?.[3] ?? 0);
  const host = match?.[1] ?? match?.[2] ?? '';
  if (port >= 1 && port <= 65_535 && host !== '') {
    return { host, port, protocol: match?.[4] === 'udp' ? 'udp' : 'tcp' };
  }
  throw new EngineError(400, 'TRACE_TARGET_INVALID', `"${text}" is not a name or address with a port`, {
    hint: 'Write it as db:5432, 127.0.0.1:8080, [::1]:8080 or clock:53/udp.',
  });
}

export function isAddress(text: string): boolean {
  return ipBytes(text) !== undefined;
}

export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** `172.18.0.3:80`, `[fd00::2]:80`. */
export function placeText(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${String(port)}`;
}
