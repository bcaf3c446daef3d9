/** The names of our chains. At most 28 characters: the kernel's limit. */
export interface ChainNames {
  /** nat: where published ports are looked up; filter: what may enter a bridge. */
  readonly ports: string;
  readonly postrouting: string;
  readonly prerouting: string;
  /** raw: packets with a loopback address that do not come from loopback. */
  readonly loopback: string;
  /** raw: packets for the address of a container that do not come from its bridge. */
  readonly direct: string;
  readonly forward: string;
  readonly established: string;
  readonly internal: string;
  readonly isolation1: string;
  readonly isolation2: string;
  readonly bridge: string;
  /** Shared by all owners: the user's own rules. */
  readonly user: string;
}

export const USER_CHAIN = 'BERTH-USER';

/**
 * `BERTH…` for the default root. The owner of another root (`berth-1a2b3c4d`) has chains of its own, so that two
 * engines on one machine do not empty each other's.
 */
export function chainNames(owner: string): ChainNames {
  const prefix = owner.toUpperCase();
  // `BERTH-1A2B3C4D-ISOLATION-STAGE-1` would be too long.
  const stage = prefix === 'BERTH' ? 'ISOLATION-STAGE' : 'ISOLATION';
  return {
    ports: prefix,
    postrouting: `${prefix}-POSTROUTING`,
    prerouting: `${prefix}-PREROUTING`,
    loopback: `${prefix}-LOOPBACK`,
    direct: `${prefix}-DIRECT`,
    forward: `${prefix}-FORWARD`,
    established: `${prefix}-CT`,
    internal: `${prefix}-INTERNAL`,
    isolation1: `${prefix}-${stage}-1`,
    isolation2: `${prefix}-${stage}-2`,
    bridge: `${prefix}-BRIDGE`,
    user: USER_CHAIN,
  };
}
