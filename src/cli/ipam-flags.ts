import type Dockerode from 'dockerode';
import { ipBytes } from '../host/ip-bytes.ts';
import { UsageError } from '../model/errors.ts';
import { orUndefined } from './resources.ts';

/** What `network create` says of addresses. */
export interface IpamFlags {
  readonly subnet?: readonly string[];
  readonly gateway?: readonly string[];
  readonly ipRange?: readonly string[];
  readonly auxAddress?: Readonly<Record<string, string>>;
  readonly ipamDriver?: string;
  readonly ipamOpt?: Readonly<Record<string, string>>;
}

/**
 * The ranges of a network: each gateway, range and reserved address goes to the subnet that it lies in, as with
 * `docker network create`. @throws {UsageError} BAD_VALUE
 */
export function ipamOf(flags: IpamFlags): { IPAM?: Dockerode.IPAM } {
  const { subnet: subnets = [], gateway = [], ipRange = [], auxAddress = {}, ipamDriver, ipamOpt } = flags;
  if (subnets.length < gateway.length || subnets.length < ipRange.length) {
    throw mistake('every ip-range or gateway must have a corresponding subnet');
  }
  refuseOverlaps(subnets);
  const pools = subnets.map((Subnet): Pool => ({ Subnet }));
  for (const text of ipRange) put(poolFor(pools, { what: 'range', text }), 'IPRange', text);
  for (const text of gateway) put(poolFor(pools, { what: 'gateway', text }), 'Gateway', text);
  for (const [name, text] of Object.entries(auxAddress)) {
    const pool = poolFor(pools, { what: 'aux-address', text });
    pool.AuxiliaryAddresses = { ...pool.AuxiliaryAddresses, [name]: text };
  }
  if (pools.length === 0 && ipamDriver === undefined && ipamOpt === undefined) return {};
  const IPAM = orUndefined({ Driver: ipamDriver ?? 'default', Config: pools, Options: ipamOpt });
  return { IPAM: IPAM };
}

interface Pool {
  readonly Subnet: string;
  IPRange?: string;
  Gateway?: string;
  AuxiliaryAddresses?: Readonly<Record<string, string>>;
}

function put(pool: Pool, key: 'IPRange' | 'Gateway', text: string): void {
  const former = pool[key];
  if (former !== undefined) {
    const what = key === 'Gateway' ? 'gateways' : 'ranges';
    throw mistake(
      `cannot configure multiple ${what} (${text}, ${former}) on the same subnet (${pool.Subnet})`,
    );
  }
  pool[key] = text;
}

function poolFor(pools: readonly Pool[], { what, text }: { what: string; text: string }): Pool {
  const found = pools.find(({ Subnet }) => lies(text, Subnet));
  if (!found) throw mistake(`no matching subnet for ${what} ${text}`);
  return found;
}

function refuseOverlaps(subnets: readonly string[]): void {
  subnets.forEach((subnet, index) => {
    const isDouble = subnets.slice(0, index).some((other) => lies(subnet, other) || lies(other, subnet));
    if (isDouble) throw mistake('multiple overlapping subnet configuration is not supported');
  });
}

/** Whether an address, or the first one of a range, lies in a range. */
function lies(text: string, range: string): boolean {
  const [network = '', length = ''] = range.split('/');
  const [inside, outside] = [ipBytes(text.split('/')[0] ?? ''), ipBytes(network)];
  if (!inside || !outside || inside.length !== outside.length) return false;
  return bits(inside).slice(0, Number(length)) === bits(outside).slice(0, Number(length));
}

function bits(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
}

function mistake(text: string): UsageError {
  return new UsageError('BAD_VALUE', text, { hint: 'berth network create --help shows an example' });
}
