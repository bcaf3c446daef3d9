import { createHash } from 'node:crypto';

/** The longest name a network device may have. */
export const LONGEST_INTERFACE_NAME = 15;

/** The bridge of a network: as its options name it, else `br-` and the first 12 digits of its id. */
export function bridgeName(networkId: string, options: Readonly<Record<string, string>>): string {
  return options['com.docker.network.bridge.name'] || `br-${networkId.slice(0, 12)}`;
}

/** The host's end of an endpoint: `veth` and 7 hexadecimal digits, which the seed decides. */
export function vethName(seed: string): string {
  return `veth${createHash('sha256').update(seed).digest('hex').slice(0, 7)}`;
}
