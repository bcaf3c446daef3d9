import type { IpamConfig } from '../model/network.ts';
import { containsAddress, formatCidr, overlap, parseAddress, parseCidr, type Cidr } from './cidr.ts';
import { invalidNetworkConfig, subnetMissing } from './errors.ts';

/** Refuses ranges that make no sense, all problems at once, in the words of Docker's own check. */
export function checkIpam(configs: readonly IpamConfig[], enableIPv6: boolean): void {
  const problems = configs.flatMap((config) => problemsOf(config, enableIPv6));
  if (problems.length > 0) throw invalidNetworkConfig(problems);
}

function problemsOf(config: IpamConfig, enableIPv6: boolean): string[] {
  if (!config.subnet) {
    refuseWithoutSubnet(config);
    return [];
  }
  const subnet = parseCidr(config.subnet);
  if (!subnet) return [`invalid subnet ${config.subnet}: invalid CIDR block notation`];
  if (subnet.version === 6 && !enableIPv6) return [];
  const { ipRange, gateway, auxAddresses } = config;
  const range = ipRange ? rangeProblems(ipRange, subnet) : [];
  const gatewayProblem = gateway ? addressProblem(gateway, subnet) : undefined;
  return [
    ...hostBitProblem('subnet', config.subnet, subnet),
    ...range.map((problem) => `invalid ip-range ${ipRange ?? ''}: ${problem}`),
    ...(gatewayProblem ? [`invalid gateway ${gateway ?? ''}: ${gatewayProblem}`] : []),
    ...Object.entries(auxAddresses ?? {}).flatMap(([name, address]) => {
      const problem = addressProblem(address, subnet);
      return problem ? [`invalid auxiliary address ${name}: ${problem}`] : [];
    }),
  ];
}

function refuseWithoutSubnet({ gateway, ipRange, auxAddresses }: IpamConfig): void {
  if (ipRange) throw subnetMissing('range', ipRange);
  if (gateway) throw subnetMissing('gateway', gateway);
  const [address] = Object.values(auxAddresses ?? {});
  if (address) throw subnetMissing('aux-address', address);
}

function hostBitProblem(what: string, text: string, cidr: Cidr): string[] {
  return hasHostBits(text, cidr) ? [`invalid ${what} ${text}: it should be ${formatCidr(cidr)}`] : [];
}

function hasHostBits(text: string, cidr: Cidr): boolean {
  return parseAddress(text.split('/')[0] ?? '')?.value !== cidr.first;
}

function rangeProblems(text: string, subnet: Cidr): string[] {
  const range = parseCidr(text);
  if (!range) return ['invalid CIDR block notation'];
  if (range.version !== subnet.version) return [`parent subnet is an IPv${subnet.version} block`];
  return [
    ...(range.prefixLength < subnet.prefixLength
      ? [`CIDR block is bigger than its parent subnet ${formatCidr(subnet)}`]
      : []),
    ...(hasHostBits(text, range) ? [`it should be ${formatCidr(range)}`] : []),
    ...(overlap(range, subnet) ? [] : [`parent subnet ${formatCidr(subnet)} doesn't contain ip-range`]),
  ];
}

function addressProblem(text: string, subnet: Cidr): string | undefined {
  const address = parseAddress(text);
  if (!address) return 'invalid address';
  if (address.version !== subnet.version) return `parent subnet is an IPv${subnet.version} block`;
  if (!containsAddress(subnet, address))
    return `parent subnet ${formatCidr(subnet)} doesn't contain this address`;
  return undefined;
}
