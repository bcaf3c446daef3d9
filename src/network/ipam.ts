import { createHash } from 'node:crypto';
import type { IpamConfig, IpamPool, NetworkSpec } from '../model/network.ts';
import {
  contains,
  containsAddress,
  formatAddress,
  formatCidr,
  overlap,
  parseAddress,
  parseCidr,
  type Cidr,
} from './cidr.ts';
import { addressesExhausted, addressOutside, addressTaken, noAddressFamily, poolOverlaps } from './errors.ts';
import { lengthOnly, poolsExhausted, severalSubnets, type TakenRange } from './errors.ts';
import { checkIpam } from './ipam-check.ts';

export type { TakenRange } from './errors.ts';

/** The name of the network whose bridge is the default one: only it gets 172.17.0.0/16. */
const DEFAULT_BRIDGE = '172.17.0.0/16';

/**
 * Where new subnets come from, in order: Docker's own ranges, in its order and sizes, and when those 30 are used up
 * or routed, small networks of 10.208.0.0/12 (the middle of 10/8, off the low end where clouds, VPNs and
 * Kubernetes sit), then of 198.18.0.0/15 (set aside for benchmarks, so that nobody routes it): 4,608 more.
 */
const POOLS: readonly { readonly base: string; readonly prefixLength: number }[] = [
  { base: '172.18.0.0/15', prefixLength: 16 },
  { base: '172.20.0.0/14', prefixLength: 16 },
  { base: '172.24.0.0/14', prefixLength: 16 },
  { base: '172.28.0.0/14', prefixLength: 16 },
  { base: '192.168.0.0/16', prefixLength: 20 },
  { base: '10.208.0.0/12', prefixLength: 24 },
  { base: '198.18.0.0/15', prefixLength: 24 },
];

/** The holder of an address that only default ranges keep off: whoever names a subnet knows where it lies. */
const NAME_SERVER = 'name server';

/**
 * Shorter prefixes than this are default routes in disguise (VPNs route 0.0.0.0/1 and 128.0.0.0/1): they say where
 * the rest goes, not that anybody is there.
 */
const SHORTEST_TAKEN_PREFIX = 8;

/**
 * The first default range that touches nothing in `taken` (CIDRs), with its gateway; of this length when one is named.
 * Throws EngineError when none is left.
 */
export function takeSubnet({
  taken,
  forDefaultBridge = false,
  prefixLength,
}: {
  readonly taken: readonly string[];
  readonly forDefaultBridge?: boolean;
  readonly prefixLength?: number;
}): IpamPool {
  const blocked = taken.flatMap((text) => parseCidr(text) ?? []).filter(isPlace);
  const ofItsLength = prefixLength === undefined ? candidates(forDefaultBridge) : candidatesOf(prefixLength);
  for (const candidate of ofItsLength) {
    if (blocked.some((range) => overlap(range, candidate))) continue;
    return { subnet: formatCidr(candidate), gateway: formatAddress(candidate.first + 1n, 4) };
  }
  throw poolsExhausted();
}

/**
 * The ranges in force for a new network: what the request names, checked, and the rest filled in.
 * `taken` is what no default range may touch; a named subnet may lie inside a route, as the more specific one, but
 * must not overlap another network or swallow a route. Throws EngineError with Docker's words.
 */
export function completePools(spec: NetworkSpec, taken: readonly (TakenRange | string)[]): IpamPool[] {
  const ranges = taken.map((range) => (typeof range === 'string' ? { cidr: range, holder: '' } : range));
  checkIpam(spec.ipam, spec.enableIPv6);
  if (!spec.enableIPv4 && !spec.enableIPv6) throw noAddressFamily();
  const v4 = poolFor(spec, { version: 4, ranges });
  const v6 = poolFor(spec, { version: 6, ranges });
  return [...v4, ...v6];
}

/**
 * An address of the pool: `wanted`, or the lowest free one. `used` are the addresses of containers, `reserved` others
 * that must stay free. Throws EngineError.
 */
export function takeAddress(request: {
  readonly pool: IpamPool;
  readonly used: Iterable<string>;
  readonly reserved: Iterable<string>;
  readonly wanted?: string;
}): string {
  const { pool, wanted } = request;
  const subnet = cidrOf(pool.subnet);
  const busy = new Set<bigint>();
  const fixed = [pool.gateway, ...Object.values(pool.auxAddresses ?? {})];
  for (const text of [...fixed, ...request.used, ...(wanted ? [] : request.reserved)]) {
    const address = parseAddress(text);
    if (address?.version === subnet.version) busy.add(address.value);
  }
  return wanted ? staticAddress(subnet, busy, wanted) : dynamicAddress(pool, subnet, busy);
}

function* candidates(forDefaultBridge: boolean): Generator<Cidr> {
  if (forDefaultBridge) yield cidrOf(DEFAULT_BRIDGE);
  for (const { base, prefixLength } of POOLS) {
    const { first, last } = cidrOf(base);
    const size = 1n << BigInt(32 - prefixLength);
    for (let start = first; start <= last; start += size) {
      yield { version: 4, prefixLength, first: start, last: start + size - 1n };
    }
  }
}

/** Ranges of one length out of the default ones; such as are too small for it have none. */
function* candidatesOf(prefixLength: number): Generator<Cidr> {
  const size = 1n << BigInt(32 - prefixLength);
  for (const { first, last } of POOLS.map(({ base }) => cidrOf(base))) {
    for (let start = first; start + size - 1n <= last; start += size) {
      yield { version: 4, prefixLength, first: start, last: start + size - 1n };
    }
  }
}

function isPlace(range: Cidr): boolean {
  return range.prefixLength >= SHORTEST_TAKEN_PREFIX;
}

interface Family {
  readonly version: 4 | 6;
  readonly ranges: readonly TakenRange[];
}

function poolFor(spec: NetworkSpec, { version, ranges }: Family): IpamPool[] {
  const isEnabled = version === 4 ? spec.enableIPv4 : spec.enableIPv6;
  if (!isEnabled) return [];
  const configs = spec.ipam.filter((config) => config.subnet && cidrOf(config.subnet).version === version);
  if (configs.length > 1 && spec.driver === 'bridge') throw severalSubnets();
  if (configs.length === 0) return [version === 4 ? defaultPool(spec, ranges) : uniqueLocalPool(spec)];
  return configs.map((config, index) => {
    if (isAnyOfItsLength(config.subnet)) return anyPool(config, ranges);
    const others = configs.slice(0, index).map(({ subnet = '' }) => ({ cidr: subnet, holder: 'the subnet' }));
    return namedPool(config, [...others, ...ranges]);
  });
}

/** `0.0.0.0/24` asks for any range of that length. */
function isAnyOfItsLength(subnet = ''): boolean {
  return /^0\.0\.0\.0\/(?!0$)/.test(subnet);
}

function anyPool(
  { subnet = '', ipRange, gateway, auxAddresses }: IpamConfig,
  ranges: readonly TakenRange[],
): IpamPool {
  if (ipRange || gateway || auxAddresses) throw lengthOnly(subnet);
  const { prefixLength } = cidrOf(subnet);
  return takeSubnet({ taken: ranges.map(({ cidr }) => cidr), prefixLength });
}

function namedPool(config: IpamConfig, ranges: readonly TakenRange[]): IpamPool {
  const subnet = cidrOf(config.subnet ?? '');
  const clash = ranges.find((range) => clashes(subnet, range));
  if (clash) throw poolOverlaps(config.subnet ?? '', clash);
  return withGateway(config, subnet);
}

function defaultPool(spec: NetworkSpec, ranges: readonly TakenRange[]): IpamPool {
  return takeSubnet({ taken: ranges.map(({ cidr }) => cidr), forDefaultBridge: spec.name === 'bridge' });
}

/** A named subnet must be free of networks; a route that is wider stands for elsewhere, and is narrowed by it. */
function clashes(subnet: Cidr, { cidr, holder }: TakenRange): boolean {
  const range = parseCidr(cidr);
  if (!range || holder === NAME_SERVER) return false;
  return holder.startsWith('route') ? contains(subnet, range) : overlap(subnet, range);
}

/** Docker's rule: the first address of the range that is given out, else of the subnet. */
function withGateway(config: IpamConfig, subnet: Cidr): IpamPool {
  const { gateway, ipRange, auxAddresses } = config;
  const range = ipRange ? cidrOf(ipRange) : subnet;
  const first =
    range.first === subnet.first && subnet.last - subnet.first > 1n ? range.first + 1n : range.first;
  return {
    subnet: formatCidr(subnet),
    gateway: gateway ?? formatAddress(first, subnet.version),
    ...(ipRange ? { ipRange: formatCidr(range) } : {}),
    ...(auxAddresses ? { auxAddresses } : {}),
  };
}

/** A /64 of fd00::/8 that the network's name and first label decide: the same again after it was removed. */
function uniqueLocalPool(spec: NetworkSpec): IpamPool {
  const digest = createHash('sha256').update(spec.name).digest('hex').slice(0, 14);
  const subnet = cidrOf(
    `fd${digest.slice(0, 2)}:${digest.slice(2, 6)}:${digest.slice(6, 10)}:${digest.slice(10, 14)}::/64`,
  );
  return { subnet: formatCidr(subnet), gateway: formatAddress(subnet.first + 1n, 6) };
}

function staticAddress(subnet: Cidr, busy: ReadonlySet<bigint>, wanted: string): string {
  const address = parseAddress(wanted);
  if (!address || !containsAddress(subnet, address)) throw addressOutside(wanted, formatCidr(subnet));
  if (busy.has(address.value) || isEdge(subnet, address.value)) throw addressTaken(wanted);
  return formatAddress(address.value, subnet.version);
}

function dynamicAddress(pool: IpamPool, subnet: Cidr, busy: ReadonlySet<bigint>): string {
  const range = pool.ipRange ? cidrOf(pool.ipRange) : subnet;
  for (let value = range.first; value <= range.last; value += 1n) {
    if (!busy.has(value) && !isEdge(subnet, value)) return formatAddress(value, subnet.version);
  }
  throw addressesExhausted(subnet.version, formatCidr(range));
}

/** The subnet's own address and its broadcast address; a /31 and a /32 have neither, IPv6 no broadcast. */
function isEdge(subnet: Cidr, value: bigint): boolean {
  if (subnet.last - subnet.first <= 1n) return false;
  return value === subnet.first || (subnet.version === 4 && value === subnet.last);
}

function cidrOf(text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr) throw new Error(`not a prefix: ${text}`);
  return cidr;
}
