import { readRule, type Packet } from './packet-match.ts';
import type { SavedRule, SavedRules } from './saved-rules.ts';

/** What one table does with a packet at one hook. */
export interface Passage {
  readonly verdict: 'accept' | 'drop' | 'reject' | 'translate';
  /** Chains from the hook to the rule: `FORWARD`, `BERTH-FORWARD`. */
  readonly chains: readonly string[];
  /** The rule that decided; undefined when the policy did, or no rule of the table had anything to say. */
  readonly rule?: SavedRule;
  /** For a translation: where to, `172.18.0.2:80`. */
  readonly to: string;
  /** Rules that might have decided before, but ask for what can't be told from here. */
  readonly doubts: readonly SavedRule[];
}

/** Leads a packet through a hook of one table. Pure. */
export function walkHook(rules: SavedRules, table: string, hook: string, packet: Packet): Passage {
  const chain = rules.get(table)?.get(hook);
  const doubts: SavedRule[] = [];
  const found = chain && walkChain({ rules, table, packet, doubts }, [hook]);
  if (found && found !== 'return') return { ...found, doubts };
  const verdict = chain?.policy === 'DROP' ? 'drop' : 'accept';
  return { verdict, chains: [hook], to: '', doubts };
}

interface Walk {
  readonly rules: SavedRules;
  readonly table: string;
  readonly packet: Packet;
  readonly doubts: SavedRule[];
}

type Decision = Omit<Passage, 'doubts'>;

/** The chain's decision, `return` when a rule ends it without one, undefined when it came to its end. */
function walkChain(walk: Walk, chains: readonly string[]): Decision | 'return' | undefined {
  // The kernel refuses loops; a text that somebody else wrote might have one.
  if (chains.length > CHAIN_DEPTH_MAX) return undefined;
  const chain = walk.rules.get(walk.table)?.get(chains.at(-1) ?? '');
  for (const rule of chain?.rules ?? []) {
    const { outcome, target, isGoto, translation } = readRule(rule, walk.packet);
    if (outcome === 'no') continue;
    const isDecisive = !PASSING_TARGETS.has(target);
    if (outcome === 'unknown') {
      if (isDecisive) walk.doubts.push(rule);
      continue;
    }
    if (target === 'RETURN') return 'return';
    const verdict = VERDICTS[target];
    if (verdict) return { verdict, chains, rule, to: translation };
    if (!isDecisive) continue;
    const inner = walkChain(walk, [...chains, target]);
    if (inner && inner !== 'return') return inner;
    if (isGoto) return 'return';
  }
  return undefined;
}

const CHAIN_DEPTH_MAX = 16;
const PASSING_TARGETS = new Set([
  '',
  'LOG',
  'NFLOG',
  'MARK',
  'CONNMARK',
  'CT',
  'TRACE',
  'CHECKSUM',
  'TCPMSS',
]);
const VERDICTS: Readonly<Record<string, Decision['verdict']>> = {
  ACCEPT: 'accept',
  DROP: 'drop',
  REJECT: 'reject',
  DNAT: 'translate',
  REDIRECT: 'translate',
  MASQUERADE: 'translate',
  SNAT: 'translate',
};
