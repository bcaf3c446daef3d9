/**
 * Firewall rules as values, independent of the program that installs them: a renderer turns them into iptables text.
 */

export type Family = 'ipv4' | 'ipv6';
export type TableName = 'raw' | 'nat' | 'filter';

/** Everything of ours, per family; a family without networks has no tables. */
export interface Ruleset {
  readonly ipv4: readonly Table[];
  readonly ipv6: readonly Table[];
}

export interface Table {
  readonly name: TableName;
  /** Our own chains, whole. */
  readonly chains: readonly Chain[];
  /** Jumps from the kernel's chains into ours, in the order they must stand. */
  readonly hooks: readonly Hook[];
}

export interface Chain {
  readonly name: string;
  readonly rules: readonly Rule[];
  /** The chain belongs to the user: made when absent, never emptied. */
  readonly kept?: boolean;
}

export interface Hook {
  /** `FORWARD`, `PREROUTING`, … */
  readonly chain: string;
  /** Number it shall have from the top, or the end. */
  readonly position: number | 'end';
  readonly rule: Rule;
}

/** A value that matches, or with `not` everything else. */
export interface Match {
  readonly value: string;
  readonly not?: boolean;
}

export interface Rule {
  readonly source?: Match;
  readonly destination?: Match;
  readonly inInterface?: Match;
  readonly outInterface?: Match;
  readonly protocol?: string;
  readonly destinationPort?: number;
  /** The first packet of a TCP connection in either direction. Goes with protocol `tcp`. */
  readonly opensConnection?: boolean;
  /** Address types as the routing table sees them. */
  readonly sourceType?: 'LOCAL';
  readonly destinationType?: 'LOCAL';
  /** Connection states, such as `RELATED,ESTABLISHED` or `DNAT`. */
  readonly state?: Match;
  readonly verdict: Verdict;
  /** Whose it is: `berth:shop_front`. */
  readonly comment?: string;
}

export type Verdict =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'masquerade' }
  /** TCP then sends no larger segments than the way there carries. */
  | { readonly kind: 'clamp-segments' }
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'dnat' | 'snat'; readonly to: string };

/** The same rules, but for those that a kernel without xt_TCPMSS refuses. */
export function withoutClamps({ ipv4, ipv6 }: Ruleset): Ruleset {
  const strip = (tables: readonly Table[]): Table[] =>
    tables.map((table) => ({
      ...table,
      chains: table.chains.map((chain) => ({
        ...chain,
        rules: chain.rules.filter(({ verdict }) => verdict.kind !== 'clamp-segments'),
      })),
    }));
  return { ipv4: strip(ipv4), ipv6: strip(ipv6) };
}
