import { describe, expect, it } from 'vitest';
import { withoutClamps } from '../../src/network/firewall/ruleset.ts';
import { chainNames } from '../../src/network/firewall/chains.ts';
import { readInstalled, renderRemoval, userChainIsInUse } from '../../src/network/firewall/installed.ts';
import { diffRules, renderChange, renderCheck, renderRestore } from '../../src/network/firewall/iptables.ts';
import { rulesFor } from '../../src/network/firewall/model.ts';
import type { FirewallNetwork, FirewallPort, FirewallState } from '../../src/network/firewall/model.ts';
import { resolverRedirect } from '../../src/network/redirect.ts';

const front: FirewallNetwork = {
  id: 'f',
  name: 'shop_front',
  bridge: 'br-front',
  subnets: ['172.18.0.0/16'],
  internal: false,
  icc: true,
  masquerade: true,
};
const back: FirewallNetwork = {
  ...front,
  id: 'b',
  name: 'shop_back',
  bridge: 'br-back',
  subnets: ['172.19.0.0/16'],
};
const web: FirewallPort = {
  containerName: 'web',
  networkId: 'f',
  bridge: 'br-front',
  containerIp: '172.18.0.2',
  containerPort: 80,
  protocol: 'tcp',
  hostIp: '0.0.0.0',
  hostPort: 8080,
};

function text(state: FirewallState, family: 'ipv4' | 'ipv6' = 'ipv4'): string[] {
  return renderRestore(rulesFor(state), { installed: false, family })
    .replaceAll(/ -m comment --comment "[^"]*"/g, '')
    .split('\n');
}

describe('rules of one network with one published port', () => {
  const lines = text({ networks: [front], ports: [web] });

  it('are these, whole', () => {
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "*raw
      :BERTH-PREROUTING - [0:0]
      :BERTH-LOOPBACK - [0:0]
      :BERTH-DIRECT - [0:0]
      -I PREROUTING 1 -j BERTH-PREROUTING
      -A BERTH-PREROUTING -d 127.0.0.0/8 ! -i lo -j BERTH-LOOPBACK
      -A BERTH-PREROUTING -s 127.0.0.0/8 ! -i lo -j BERTH-LOOPBACK
      -A BERTH-PREROUTING -d 172.18.0.0/16 ! -i br-front -j BERTH-DIRECT
      -A BERTH-LOOPBACK -i br-front -j DROP
      -A BERTH-DIRECT -d 172.18.0.2/32 ! -i br-front -j DROP
      COMMIT
      *nat
      :BERTH - [0:0]
      :BERTH-POSTROUTING - [0:0]
      -A PREROUTING -m addrtype --dst-type LOCAL -j BERTH
      -A OUTPUT -m addrtype --dst-type LOCAL -j BERTH
      -A POSTROUTING -j BERTH-POSTROUTING
      -A BERTH -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.18.0.2:80
      -A BERTH-POSTROUTING -s 172.18.0.0/16 ! -o br-front -j MASQUERADE
      -A BERTH-POSTROUTING -s 127.0.0.0/8 -o br-front -j MASQUERADE
      -A BERTH-POSTROUTING -s 172.18.0.0/16 -o br-front -m conntrack --ctstate DNAT -j MASQUERADE
      -A BERTH-POSTROUTING -s 172.18.0.2/32 -d 172.18.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE
      COMMIT
      *filter
      :BERTH-USER - [0:0]
      :BERTH-FORWARD - [0:0]
      :BERTH-CT - [0:0]
      :BERTH-INTERNAL - [0:0]
      :BERTH-ISOLATION-STAGE-1 - [0:0]
      :BERTH-ISOLATION-STAGE-2 - [0:0]
      :BERTH-BRIDGE - [0:0]
      :BERTH - [0:0]
      -I FORWARD 1 -j BERTH-USER
      -I FORWARD 2 -j BERTH-FORWARD
      -A BERTH-FORWARD -j BERTH-CT
      -A BERTH-FORWARD -j BERTH-INTERNAL
      -A BERTH-FORWARD -j BERTH-ISOLATION-STAGE-1
      -A BERTH-FORWARD -j BERTH-BRIDGE
      -A BERTH-FORWARD -i br-front ! -o br-front -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
      -A BERTH-FORWARD -i br-front -j ACCEPT
      -A BERTH-CT -o br-front -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      -A BERTH-ISOLATION-STAGE-1 -m conntrack --ctstate DNAT -j RETURN
      -A BERTH-ISOLATION-STAGE-1 -i br-front ! -o br-front -j BERTH-ISOLATION-STAGE-2
      -A BERTH-ISOLATION-STAGE-2 -o br-front -j DROP
      -A BERTH-BRIDGE -o br-front -j BERTH
      -A BERTH -d 172.18.0.2/32 ! -i br-front -o br-front -p tcp -m tcp --dport 80 -j ACCEPT
      -A BERTH ! -i br-front -o br-front -j DROP
      COMMIT
      "
    `);
  });

  it('carry their owner', () => {
    const rendered = renderRestore(rulesFor({ networks: [front], ports: [web] }), { installed: false });
    expect(rendered).toContain('--comment "berth:shop_front"');
    expect(rendered).toContain('--comment "berth:web"');
  });
});

describe('rules of special networks', () => {
  it('an internal one: nothing in, nothing out, no masquerade', () => {
    const lines = text({ networks: [{ ...front, internal: true }], ports: [] });
    expect(lines).toContain('-A BERTH-INTERNAL ! -i br-front -o br-front -j DROP');
    expect(lines).toContain('-A BERTH-INTERNAL -i br-front ! -o br-front -j DROP');
    expect(lines).toContain('-A BERTH-FORWARD -i br-front -o br-front -j ACCEPT');
    expect(lines.filter((line) => line.includes('MASQUERADE'))).toEqual([]);
  });

  it('without icc: neighbours only at published ports', () => {
    const lines = text({ networks: [{ ...front, icc: false }], ports: [] });
    const forward = lines.filter((line) => line.startsWith('-A BERTH-FORWARD -i'));
    expect(forward.filter((line) => !line.includes('TCPMSS'))).toEqual([
      '-A BERTH-FORWARD -i br-front -o br-front -m conntrack --ctstate DNAT -j ACCEPT',
      '-A BERTH-FORWARD -i br-front -o br-front -j DROP',
      '-A BERTH-FORWARD -i br-front ! -o br-front -j ACCEPT',
    ]);
  });

  it('without masquerade: addresses are routed, so direct access is refused by connection state', () => {
    const lines = text({ networks: [{ ...front, masquerade: false }], ports: [web] });
    expect(lines).not.toContain('-A BERTH-POSTROUTING -s 172.18.0.0/16 ! -o br-front -j MASQUERADE');
    expect(lines.filter((line) => line.includes('PREROUTING -d 172.18.0.2/32'))).toEqual([]);
    expect(lines).toContain(
      '-A BERTH -d 172.18.0.2/32 ! -i br-front -o br-front -p tcp -m tcp --dport 80 -m conntrack --ctstate DNAT -j ACCEPT',
    );
  });

  it('two: apart from each other, except by translation', () => {
    const lines = text({ networks: [front, back], ports: [] });
    const stages = lines.filter((line) => line.startsWith('-A BERTH-ISOLATION'));
    expect(stages).toEqual([
      '-A BERTH-ISOLATION-STAGE-1 -m conntrack --ctstate DNAT -j RETURN',
      '-A BERTH-ISOLATION-STAGE-1 -i br-front ! -o br-front -j BERTH-ISOLATION-STAGE-2',
      '-A BERTH-ISOLATION-STAGE-1 -i br-back ! -o br-back -j BERTH-ISOLATION-STAGE-2',
      '-A BERTH-ISOLATION-STAGE-2 -o br-front -j DROP',
      '-A BERTH-ISOLATION-STAGE-2 -o br-back -j DROP',
    ]);
  });
});

describe('rules of published ports', () => {
  it('on one host address match only that, and on loopback only loopback', () => {
    const lines = text({ networks: [front], ports: [{ ...web, hostIp: '127.0.0.1' }] });
    expect(lines).toContain(
      '-A BERTH -d 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.18.0.2:80',
    );
    expect(lines).toContain('-A BERTH-LOOPBACK -d 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j DROP');
  });

  it('on [::] of a container with IPv4 only are none: the listener serves them', () => {
    const without = text({ networks: [front], ports: [] });
    expect(text({ networks: [front], ports: [{ ...web, hostIp: '::' }] })).toEqual(without);
  });

  it('on two host addresses need one accept', () => {
    const ports = [
      { ...web, hostIp: '10.0.0.1' },
      { ...web, hostIp: '10.0.0.2' },
    ];
    const accepts = text({ networks: [front], ports }).filter((line) => line.startsWith('-A BERTH -d 172'));
    expect(accepts).toHaveLength(1);
  });

  it('are translated for IPv6 where the container has it', () => {
    const networks = [{ ...front, subnets: ['172.18.0.0/16', 'fd01::/64'] }];
    const lines = text({ networks, ports: [{ ...web, hostIp: '::', containerIpv6: 'fd01::2' }] }, 'ipv6');
    expect(lines).toContain(
      '-A BERTH ! -s fe80::/10 -p tcp -m tcp --dport 8080 -j DNAT --to-destination [fd01::2]:80',
    );
    expect(lines).toContain('-A OUTPUT ! -d ::1/128 -m addrtype --dst-type LOCAL -j BERTH');
  });

  it('leave ip6tables alone without IPv6', () => {
    expect(rulesFor({ networks: [front], ports: [web] }).ipv6).toEqual([]);
  });
});

it('a kernel that can not make segments smaller gets all other rules', () => {
  const rules = withoutClamps(rulesFor({ networks: [front], ports: [web] }));
  const lines = renderRestore(rules, { installed: false }).split('\n');
  const whole = renderRestore(rulesFor({ networks: [front], ports: [web] }), { installed: false }).split(
    '\n',
  );
  expect(lines).toEqual(whole.filter((line) => !line.includes('TCPMSS')));
  expect(lines).not.toEqual(whole);
});

describe('changes', () => {
  const before = rulesFor({ networks: [front], ports: [web] });

  it('that add are insertions at their places', () => {
    const port = { ...web, containerIp: '172.18.0.3', hostPort: 8081, containerName: 'api' };
    const change = renderChange(before, rulesFor({ networks: [front], ports: [web, port] }));
    const lines = change.split('\n').filter((line) => line.startsWith('-I') || line.startsWith('-F'));
    expect(lines.map((line) => line.slice(0, 40))).toEqual([
      '-I BERTH-DIRECT 2 -d 172.18.0.3/32 ! -i ',
      '-I BERTH 2 -p tcp -m tcp --dport 8081 -m',
      '-I BERTH-POSTROUTING 5 -s 172.18.0.3/32 ',
      '-I BERTH 2 -d 172.18.0.3/32 ! -i br-fron',
    ]);
  });

  it('that take away refill the chains concerned, and check the hooks', () => {
    const lines = renderChange(before, rulesFor({ networks: [front], ports: [] })).split('\n');
    expect(lines.filter((line) => line.startsWith('-F'))).toEqual([
      '-F BERTH-PREROUTING',
      '-F BERTH-DIRECT',
      '-F BERTH',
      '-F BERTH-POSTROUTING',
      '-F BERTH',
    ]);
    expect(lines).toContain('-C FORWARD -j BERTH-FORWARD');
  });

  it('of nothing are no text', () => {
    expect(renderChange(before, before)).toBe('');
  });

  it('are checked rule by rule', () => {
    const checks = renderCheck(before).split('\n');
    expect(checks.some((line) => /^-[AIDFX]/.test(line))).toBe(false);
    expect(checks.filter((line) => line.startsWith('-C'))).toHaveLength(
      renderRestore(before, { installed: false })
        .split('\n')
        .filter((line) => /^-[AI]/.test(line)).length,
    );
  });

  it('are displayed as commands', () => {
    const { added, removed } = diffRules(rulesFor({ networks: [front], ports: [] }), before);
    expect(removed).toEqual([]);
    expect(added).toHaveLength(5);
    expect(added[1]).toMatch(/^iptables -t raw -A BERTH-DIRECT -d 172\.18\.0\.2\/32 ! -i br-front /);
  });
});

describe('what stands in the kernel', () => {
  const saved = [
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':BERTH - [0:0]',
    '-A PREROUTING -m addrtype --dst-type LOCAL -j BERTH',
    '-A PREROUTING -m addrtype --dst-type LOCAL -j BERTH',
    'COMMIT',
    '*filter',
    ':BERTH - [0:0]',
    ':BERTH-USER - [0:0]',
    '-A FORWARD -j BERTH-USER',
    '-A BERTH-BRIDGE -o br-front -j BERTH',
    'COMMIT',
  ].join('\n');

  it('is read from iptables-save: hooks with their number, and chains', () => {
    const { hooks, chains } = readInstalled(saved);
    expect([...hooks]).toEqual([
      ['nat PREROUTING -m addrtype --dst-type LOCAL -j BERTH', 2],
      ['filter FORWARD -j BERTH-USER', 1],
    ]);
    expect([...chains]).toEqual(['nat BERTH', 'filter BERTH', 'filter BERTH-USER']);
  });

  it('is taken out before it is put in place again, and the chain of the user is not emptied', () => {
    const lines = renderRestore(rulesFor({ networks: [], ports: [] }), {
      installed: readInstalled(saved),
    }).split('\n');
    expect(lines.filter((line) => line.startsWith('-D'))).toEqual([
      '-D PREROUTING -m addrtype --dst-type LOCAL -j BERTH',
      '-D PREROUTING -m addrtype --dst-type LOCAL -j BERTH',
      '-D FORWARD -j BERTH-USER',
    ]);
    expect(lines).not.toContain(':BERTH-USER - [0:0]');
  });

  it('is removed, but the chain of the user stays while it has rules', () => {
    const installed = readInstalled(saved);
    expect(renderRemoval({ installed, keepUserChain: true })).not.toContain('BERTH-USER');
    expect(renderRemoval({ installed, keepUserChain: false })).toContain('-X BERTH-USER');
    expect(renderRemoval({ installed: readInstalled(''), keepUserChain: false })).toBe('');
    expect(userChainIsInUse(saved)).toBe(false);
    expect(userChainIsInUse(`${saved}\n-A BERTH-USER -s 10.0.0.9/32 -j DROP`)).toBe(true);
    expect(userChainIsInUse(`${saved}\n:BERTH-1A2B3C4D-FORWARD - [0:0]`)).toBe(true);
  });
});

describe('chain names', () => {
  it('fit into the kernel for every owner, and differ', () => {
    const ours = Object.values<string>({ ...chainNames('berth') });
    const others = Object.values<string>({ ...chainNames('berth-1a2b3c4d') });
    for (const name of [...ours, ...others]) expect(name.length).toBeLessThanOrEqual(28);
    expect(ours.filter((name) => others.includes(name))).toEqual(['BERTH-USER']);
  });
});

describe("the resolver's redirect", () => {
  it('leads port 53 of 127.0.0.11 to where the resolver listens, and back', () => {
    expect(resolverRedirect({ udpPort: 40001, tcpPort: 40002 })).toMatchInlineSnapshot(`
      "*nat
      :BERTH_OUTPUT - [0:0]
      :BERTH_POSTROUTING - [0:0]
      -A OUTPUT -d 127.0.0.11/32 -j BERTH_OUTPUT
      -A POSTROUTING -d 127.0.0.11/32 -j BERTH_POSTROUTING
      -A BERTH_OUTPUT -d 127.0.0.11/32 -p tcp -m tcp --dport 53 -j DNAT --to-destination 127.0.0.11:40002
      -A BERTH_POSTROUTING -s 127.0.0.11/32 -p tcp -m tcp --sport 40002 -j SNAT --to-source :53
      -A BERTH_OUTPUT -d 127.0.0.11/32 -p udp -m udp --dport 53 -j DNAT --to-destination 127.0.0.11:40001
      -A BERTH_POSTROUTING -s 127.0.0.11/32 -p udp -m udp --sport 40001 -j SNAT --to-source :53
      COMMIT
      "
    `);
  });

  it('replaces an earlier one', () => {
    const again = resolverRedirect({ udpPort: 1, tcpPort: 2 }, { repeated: true });
    expect(again).toContain('-D OUTPUT -d 127.0.0.11/32 -j BERTH_OUTPUT');
  });
});

describe('options of a network', () => {
  it('trusted devices may use the address of a container that publishes something', () => {
    const lines = text({ networks: [{ ...front, trusted: ['vpn0', 'eth1'] }], ports: [web] });
    const first = lines.indexOf('-A BERTH-DIRECT -d 172.18.0.2/32 -i vpn0 -j ACCEPT');
    expect(lines.slice(first, first + 3)).toEqual([
      '-A BERTH-DIRECT -d 172.18.0.2/32 -i vpn0 -j ACCEPT',
      '-A BERTH-DIRECT -d 172.18.0.2/32 -i eth1 -j ACCEPT',
      '-A BERTH-DIRECT -d 172.18.0.2/32 ! -i br-front -j DROP',
    ]);
  });

  it('a named address is that of what goes out, and the rest is translated as ever', () => {
    const lines = text({ networks: [{ ...front, sources: { ipv4: '10.0.0.9' } }], ports: [] });
    expect(lines).toContain(
      '-A BERTH-POSTROUTING -s 172.18.0.0/16 ! -o br-front -j SNAT --to-source 10.0.0.9',
    );
    expect(lines).toContain('-A BERTH-POSTROUTING -s 127.0.0.0/8 -o br-front -j MASQUERADE');
  });

  it('a routed network is not kept from the others, which come to what it publishes', () => {
    const gatewayModes = { ipv4: 'routed', ipv6: 'nat' } as const;
    const lines = text({ networks: [{ ...front, gatewayModes }, back], ports: [web] });
    expect(lines).not.toContain('-A BERTH-ISOLATION-STAGE-2 -o br-front -j DROP');
    expect(lines).toContain('-A BERTH-ISOLATION-STAGE-2 -o br-back -j DROP');
    expect(lines).toContain(
      '-A BERTH -d 172.18.0.2/32 ! -i br-front -o br-front -p tcp -m tcp --dport 80 -j ACCEPT',
    );
    expect(lines).toContain('-A BERTH ! -i br-front -o br-front -j DROP');
  });

  it('SCTP is translated and let in like the others', () => {
    const lines = text({ networks: [front], ports: [{ ...web, protocol: 'sctp' }] });
    expect(lines).toContain('-A BERTH -p sctp -m sctp --dport 8080 -j DNAT --to-destination 172.18.0.2:80');
    expect(lines).toContain(
      '-A BERTH -d 172.18.0.2/32 ! -i br-front -o br-front -p sctp -m sctp --dport 80 -j ACCEPT',
    );
  });
});
