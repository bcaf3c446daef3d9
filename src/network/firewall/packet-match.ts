import { containsAddress, parseAddress, parseCidr } from '../cidr.ts';
import type { SavedRule } from './saved-rules.ts';

/** The first packet of a connection, at one place on its way. */
export interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly destinationPort: number;
  /** Interface it came in by; empty for what the host itself sends. */
  readonly inInterface: string;
  /** Interface it leaves by; empty while that is not decided. */
  readonly outInterface: string;
  /** Its destination was translated. */
  readonly isTranslated: boolean;
  readonly sourceIsLocal: boolean;
  readonly destinationIsLocal: boolean;
}

/** `unknown`: the rule asks for something that can't be told from here. */
export type MatchOutcome = 'yes' | 'no' | 'unknown';

export interface ReadRule {
  readonly outcome: MatchOutcome;
  /** `ACCEPT`, the name of a chain, …; empty for a rule that only counts. */
  readonly target: string;
  readonly isGoto: boolean;
  /** For DNAT: `172.18.0.2:80`. */
  readonly translation: string;
}

/** Holds a packet against a rule. Pure. */
export function readRule(rule: SavedRule, packet: Packet): ReadRule {
  const found = { target: '', isGoto: false, translation: '' };
  const outcomes: MatchOutcome[] = [];
  const { words } = rule;
  let negated = false;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '!') {
      negated = true;
      continue;
    }
    const value = words[index + 1] ?? '';
    if (word === '-j' || word === '-g') {
      found.target = value;
      found.isGoto = word === '-g';
      const to = words.indexOf('--to-destination', index);
      found.translation = to < 0 ? '' : (words[to + 1] ?? '');
      break;
    }
    outcomes.push(negate(test(word, value, packet), negated));
    index += valuesOf(word, value);
    negated = false;
  }
  return { ...found, outcome: together(outcomes) };
}

/** How many words behind a flag belong to it. */
function valuesOf(flag: string, next: string): number {
  if (flag === '--tcp-flags') return 2;
  return next === '!' || next.startsWith('-') ? 0 : 1;
}

/** Modules whose flags are read below; the names alone decide nothing. */
const KNOWN_MODULES = new Set(['tcp', 'udp', 'comment', 'addrtype', 'conntrack', 'state', 'multiport']);

function test(flag: string, value: string, packet: Packet): MatchOutcome {
  switch (flag) {
    case '-s':
      return yesOrNo(isIn(packet.source, value));
    case '-d':
      return yesOrNo(isIn(packet.destination, value));
    case '-i':
      return yesOrNo(isInterface(packet.inInterface, value));
    case '-o':
      return yesOrNo(isInterface(packet.outInterface, value));
    case '-p':
      return yesOrNo(value === 'all' || value === packet.protocol);
    case '-m':
      return KNOWN_MODULES.has(value) ? 'yes' : 'unknown';
    case '--comment':
    case '--syn':
    case '--tcp-flags':
      // A first packet of TCP has SYN and nothing else, which is what such rules ask for.
      return 'yes';
    case '--dport':
    case '--dports':
      return yesOrNo(value.split(',').some((ports) => isPort(packet.destinationPort, ports)));
    case '--src-type':
      return yesOrNo(value === 'LOCAL' ? packet.sourceIsLocal : value === 'UNICAST');
    case '--dst-type':
      return yesOrNo(
        value === 'LOCAL' ? packet.destinationIsLocal : value === 'UNICAST' && !packet.destinationIsLocal,
      );
    case '--ctstate':
    case '--state':
      return yesOrNo(value.split(',').some((state) => isInState(state, packet)));
    default:
      return 'unknown';
  }
}

function isInState(state: string, packet: Packet): boolean {
  return state === 'NEW' || (state === 'DNAT' && packet.isTranslated);
}

function isIn(address: string, range: string): boolean {
  const wanted = parseAddress(address);
  const cidr = parseCidr(range.includes('/') ? range : `${range}/${range.includes(':') ? 128 : 32}`);
  return wanted !== undefined && cidr !== undefined && containsAddress(cidr, wanted);
}

/** `eth+` means every name that begins with `eth`. */
function isInterface(name: string, pattern: string): boolean {
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function isPort(port: number, range: string): boolean {
  const [first = '', last = first] = range.split(':');
  return port >= Number(first) && port <= Number(last || 65_535);
}

function yesOrNo(value: boolean): MatchOutcome {
  return value ? 'yes' : 'no';
}

function negate(outcome: MatchOutcome, negated: boolean): MatchOutcome {
  if (!negated || outcome === 'unknown') return outcome;
  return outcome === 'yes' ? 'no' : 'yes';
}

function together(outcomes: readonly MatchOutcome[]): MatchOutcome {
  if (outcomes.includes('no')) return 'no';
  return outcomes.includes('unknown') ? 'unknown' : 'yes';
}
