import type { Family } from './ruleset.ts';

/** Which containers cannot hear each other. Part of what the firewall depends on. */
export interface PartitionState {
  readonly containers: readonly PartitionedContainer[];
  /** Ids of containers on the two sides. */
  readonly partitions: readonly { readonly left: readonly string[]; readonly right: readonly string[] }[];
  /** Ids of containers that hear nobody. */
  readonly isolated: readonly string[];
}

export interface PartitionedContainer {
  readonly id: string;
  /** Path of its network namespace. */
  readonly netns: string;
  readonly addresses: readonly string[];
}

/** What one namespace does not let through. */
export interface NamespaceRules {
  readonly netns: string;
  /** Addresses that it does not talk to; `all`: nobody but itself. */
  readonly dropped: 'all' | readonly string[];
}

export const FAULT_CHAINS = { input: 'BERTH_FAULTS_IN', output: 'BERTH_FAULTS_OUT' } as const;

/**
 * The rules of each namespace that has any. Pure, in the order of the containers. They stand inside the namespaces:
 * neighbours on a bridge talk without a rule of the host ever seeing their packets.
 */
export function partitionRulesFor(state: PartitionState): NamespaceRules[] {
  const byNamespace = new Map<string, Set<string> | 'all'>();
  for (const { id, netns } of state.containers) {
    if (state.isolated.includes(id)) byNamespace.set(netns, 'all');
    const addresses = peersOf(state, id).flatMap((peer) => peer.addresses);
    const known = byNamespace.get(netns) ?? new Set<string>();
    if (known === 'all' || addresses.length === 0) continue;
    for (const address of addresses) known.add(address);
    byNamespace.set(netns, known);
  }
  return [...byNamespace].map(([netns, dropped]) => ({
    netns,
    dropped: dropped === 'all' ? dropped : [...dropped],
  }));
}

/**
 * The text for `iptables-restore --noflush` in a namespace. `repeated`: the jumps stand already. Without anything to
 * drop all of it goes.
 */
export function renderPartition(
  dropped: NamespaceRules['dropped'],
  { family, repeated }: { readonly family: Family; readonly repeated: boolean },
): string {
  const { input, output } = FAULT_CHAINS;
  const jumps = [`INPUT -j ${input}`, `OUTPUT -j ${output}`];
  const rules = dropRules(dropped, family);
  const chains = [`:${input} - [0:0]`, `:${output} - [0:0]`];
  const removals = repeated ? jumps.map((jump) => `-D ${jump}`) : [];
  const rest =
    rules.length === 0
      ? [`-X ${input}`, `-X ${output}`]
      : [...jumps.map((jump) => `-I ${jump.replace(' ', ' 1 ')}`), ...rules];
  return ['*filter', ...chains, ...removals, ...rest, 'COMMIT', ''].join('\n');
}

function peersOf({ containers, partitions }: PartitionState, id: string): PartitionedContainer[] {
  const peers = partitions.flatMap(({ left, right }) => [
    ...(left.includes(id) ? right : []),
    ...(right.includes(id) ? left : []),
  ]);
  return containers.filter((container) => container.id !== id && peers.includes(container.id));
}

function dropRules(dropped: NamespaceRules['dropped'], family: Family): string[] {
  const { input, output } = FAULT_CHAINS;
  const own = [`-A ${input} -i lo -j ACCEPT`, `-A ${output} -o lo -j ACCEPT`];
  if (dropped === 'all') return [...own, `-A ${input} -j DROP`, `-A ${output} -j DROP`];
  return dropped
    .filter((address) => address.includes(':') === (family === 'ipv6'))
    .flatMap((address) => [`-A ${input} -s ${address} -j DROP`, `-A ${output} -d ${address} -j DROP`]);
}
