import { describe, expect, it } from 'vitest';
import type { Packet } from '../../src/network/firewall/packet-match.ts';
import { walkHook } from '../../src/network/firewall/packet-walk.ts';
import { parseSavedRules } from '../../src/network/firewall/saved-rules.ts';

const packet: Packet = {
  source: '10.77.0.2',
  destination: '172.18.0.2',
  protocol: 'tcp',
  destinationPort: 80,
  inInterface: 'lan0',
  outInterface: 'br-1',
  isTranslated: true,
  sourceIsLocal: false,
  destinationIsLocal: false,
};

function walk(lines: readonly string[], change: Partial<Packet> = {}, table = 'filter', hook = 'FORWARD') {
  const text = [`*${table}`, `:${hook} ACCEPT [7:420]`, ':OWN - [0:0]', ':MORE - [0:0]', ...lines, 'COMMIT'];
  return walkHook(parseSavedRules(text.join('\n')), table, hook, { ...packet, ...change });
}

const verdictOf = (rule: string, change: Partial<Packet> = {}) =>
  walk([`[1:60] -A FORWARD ${rule} -j DROP`], change).verdict;

describe('a packet at a hook', () => {
  it('is decided by the first rule that matches, through chains, with the counter of that rule', () => {
    const found = walk([
      '[9:540] -A FORWARD -j OWN',
      '[2:120] -A OWN -i other -j DROP',
      '[41:2460] -A OWN -d 172.18.0.2/32 -p tcp -m tcp --dport 80 -j ACCEPT',
      '[0:0] -A OWN -j DROP',
    ]);
    expect(found).toMatchObject({ verdict: 'accept', chains: ['FORWARD', 'OWN'] });
    expect(found.rule?.packets).toBe(41);
  });

  it('meets the policy when no rule decides', () => {
    expect(walk([])).toMatchObject({ verdict: 'accept', chains: ['FORWARD'] });
    const dropping = parseSavedRules('*filter\n:FORWARD DROP [3:180]\nCOMMIT');
    expect(walkHook(dropping, 'filter', 'FORWARD', packet).verdict).toBe('drop');
  });

  it('passes a hook that has no chain, as tables appear when they are first used', () => {
    expect(walkHook(new Map(), 'raw', 'PREROUTING', packet).verdict).toBe('accept');
  });

  it('comes back from a chain that returns, and not from one that was gone to', () => {
    const returning = ['[1:1] -A OWN -j RETURN', '[1:1] -A OWN -j DROP', '[1:1] -A FORWARD -j REJECT'];
    expect(walk(['[1:1] -A FORWARD -j OWN', ...returning]).verdict).toBe('reject');
    expect(walk(['[1:1] -A FORWARD -g OWN', ...returning]).verdict).toBe('accept');
  });

  it('is translated where the rule says', () => {
    const rules = ['[41:1] -A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.18.0.2:8080'];
    expect(walk(rules, {}, 'nat', 'PREROUTING')).toMatchObject({
      verdict: 'translate',
      to: '172.18.0.2:8080',
    });
  });

  it('is not stopped by rules that only count or mark', () => {
    expect(walk(['[1:1] -A FORWARD -j LOG --log-prefix "a b "', '[1:1] -A FORWARD -j ACCEPT']).verdict).toBe(
      'accept',
    );
  });

  it('keeps as a doubt a rule that asks for what can not be told', () => {
    const found = walk(['[1:1] -A FORWARD -m recent --update --name bad -j DROP']);
    expect(found.verdict).toBe('accept');
    expect(found.doubts.map(({ text }) => text)).toEqual(['-m recent --update --name bad -j DROP']);
  });
});

describe('a rule matches', () => {
  it.each([
    ['-s 10.77.0.0/24'],
    ['! -s 10.78.0.0/24'],
    ['-d 172.18.0.2'],
    ['-i lan0'],
    ['-i lan+'],
    ['! -i br-1'],
    ['-o br-1'],
    ['-p tcp'],
    ['-p tcp -m tcp --dport 79:81'],
    ['-p tcp -m multiport --dports 22,80,443'],
    ['-m conntrack --ctstate NEW'],
    ['-m conntrack --ctstate DNAT'],
    ['-m conntrack ! --ctstate RELATED,ESTABLISHED'],
    ['-m state --state NEW'],
    ['-m addrtype --dst-type UNICAST'],
    ['-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN'],
    ['-m comment --comment "a b -i other"'],
  ])('%s', (rule) => expect(verdictOf(rule)).toBe('drop'));

  it.each([
    ['-s 10.78.0.0/24'],
    ['! -i lan0'],
    ['-i lan'],
    ['-o br-2'],
    ['-p udp'],
    ['-p tcp -m tcp --dport 81'],
    ['-p tcp -m multiport --dports 22,443'],
    ['-m conntrack --ctstate RELATED,ESTABLISHED'],
    ['-m addrtype --dst-type LOCAL'],
    ['-d fd00::/8'],
  ])('but not %s', (rule) => expect(verdictOf(rule)).toBe('accept'));
});
