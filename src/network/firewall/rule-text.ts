import type { Hook, Match, Rule, Verdict } from './ruleset.ts';

/** A rule as the arguments of iptables, in the order in which `iptables-save` prints them. */
export function ruleText(rule: Rule): string {
  const { protocol, destinationPort, opensConnection, sourceType, destinationType, state, comment } = rule;
  return [
    matchText('-s', rule.source && hostMask(rule.source)),
    matchText('-d', rule.destination && hostMask(rule.destination)),
    matchText('-i', rule.inInterface),
    matchText('-o', rule.outInterface),
    protocol ? `-p ${protocol}` : '',
    protocol && destinationPort ? `-m ${protocol} --dport ${destinationPort}` : '',
    opensConnection ? '-m tcp --tcp-flags SYN,RST SYN' : '',
    sourceType ? `-m addrtype --src-type ${sourceType}` : '',
    destinationType ? `-m addrtype --dst-type ${destinationType}` : '',
    state ? `-m conntrack ${state.not ? '! ' : ''}--ctstate ${state.value}` : '',
    comment ? `-m comment --comment "${comment}"` : '',
    verdictText(rule.verdict),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** A hook as the command that puts it in its place. */
export function hookText({ chain, position, rule }: Hook): string {
  return position === 'end' ? `-A ${chain} ${ruleText(rule)}` : `-I ${chain} ${position} ${ruleText(rule)}`;
}

function matchText(flag: string, match: Match | undefined): string {
  if (!match) return '';
  return `${match.not ? '! ' : ''}${flag} ${match.value}`;
}

function hostMask(match: Match): Match {
  if (match.value.includes('/')) return match;
  return { ...match, value: `${match.value}/${match.value.includes(':') ? 128 : 32}` };
}

function verdictText(verdict: Verdict): string {
  if (verdict.kind === 'jump') return `-j ${verdict.chain}`;
  if (verdict.kind === 'dnat') return `-j DNAT --to-destination ${verdict.to}`;
  if (verdict.kind === 'snat') return `-j SNAT --to-source ${verdict.to}`;
  if (verdict.kind === 'clamp-segments') return '-j TCPMSS --clamp-mss-to-pmtu';
  return `-j ${verdict.kind.toUpperCase()}`;
}
