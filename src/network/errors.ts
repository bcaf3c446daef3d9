import { EngineError } from '../model/errors.ts';

/** A range that is in use, and by what: `network shop_front`, `route on eth0`. */
export interface TakenRange {
  readonly cidr: string;
  readonly holder: string;
}

export function poolsExhausted(): EngineError {
  return new EngineError(
    400,
    'SUBNET_POOL_EXHAUSTED',
    'all predefined address pools have been fully subnetted',
    {
      hint: 'Every default range is a network of Berth already, or routes of this host cover it (ip route show table all). Name a free subnet: ipam.config.subnet in the compose file, or network create --subnet.',
    },
  );
}

export function poolOverlaps(subnet: string, taken: TakenRange): EngineError {
  const whose = taken.holder === '' ? taken.cidr : `${taken.holder} (${taken.cidr})`;
  return new EngineError(403, 'SUBNET_OVERLAP', 'Pool overlaps with other one on this address space', {
    hint: `The subnet ${subnet} overlaps with ${whose}. Choose another subnet, or leave it out to get a free one.`,
  });
}

export function invalidNetworkConfig(problems: readonly string[]): EngineError {
  return new EngineError(400, 'NETWORK_CONFIG_INVALID', `invalid network config:\n${problems.join('\n')}`, {
    hint: 'Mend the ipam section of the network.',
  });
}

export function subnetMissing(what: 'gateway' | 'range' | 'aux-address', value: string): EngineError {
  return new EngineError(400, 'NETWORK_CONFIG_INVALID', `no matching subnet for ${what} ${value}`, {
    hint: `Name the subnet that ${value} lies in too.`,
  });
}

export function lengthOnly(subnet: string): EngineError {
  const text = `invalid network config:\n${subnet} asks for any subnet of that length: no gateway, range or address is known yet`;
  return new EngineError(400, 'NETWORK_CONFIG_INVALID', text, {
    hint: 'Name the subnet, or leave the rest out.',
  });
}

export function severalSubnets(): EngineError {
  return new EngineError(400, 'NETWORK_CONFIG_INVALID', "bridge driver doesn't support multiple subnets", {
    hint: 'Give one IPv4 subnet and at most one IPv6 subnet; make a second network for the rest.',
  });
}

export function noAddressFamily(): EngineError {
  return new EngineError(400, 'NETWORK_CONFIG_INVALID', 'IPv4 or IPv6 must be enabled', {
    hint: 'Leave enable_ipv4 as it is, or set enable_ipv6: true.',
  });
}

export function addressesExhausted(version: 4 | 6, range: string): EngineError {
  const text = `no available IPv${version} addresses on this network's address pools: ${range}`;
  return new EngineError(409, 'ADDRESS_POOL_EXHAUSTED', text, {
    hint: `Every address of ${range} is in use. Use a network with a larger subnet or ip_range, or remove containers from this one.`,
  });
}

export function addressTaken(address: string): EngineError {
  return new EngineError(403, 'ADDRESS_TAKEN', `Address already in use: ${address}`, {
    hint: 'Another container has it, or it is the gateway or a reserved address. Choose another, or leave it out.',
  });
}

export function addressOutside(address: string, subnet: string): EngineError {
  const text = `invalid endpoint settings:\nno configured subnet or ip-range contain the IP address ${address}`;
  return new EngineError(400, 'ADDRESS_OUTSIDE_SUBNET', text, {
    hint: `The network's subnet is ${subnet}: choose an address in it.`,
  });
}

/** The kernel gives a bridge 1,023 ports. */
export function bridgeFull(bridge: string, cause: unknown): EngineError {
  return new EngineError(
    409,
    'BRIDGE_FULL',
    `the bridge ${bridge} has no port left: a bridge takes 1,023 containers`,
    {
      hint: 'Put some of the containers on another network.',
      cause,
    },
  );
}
