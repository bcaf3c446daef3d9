import { describe, expect, it } from 'vitest';
import type { DoctorFacts } from '../../src/engine/doctor/facts.ts';
import { judge } from '../../src/engine/doctor/judge.ts';

const well: DoctorFacts = {
  isRoot: true,
  engineAnswers: false,
  missingPrograms: [],
  runtime: { works: true, text: 'crun 1.8' },
  cgroups: 'v2',
  ipForward: '1',
  forwardPolicy: 'ACCEPT',
  firewalls: [],
  backend: 'nf_tables',
  otherBackendRules: 0,
  links: '',
  rules: '',
  hasOverlay: true,
  networks: [
    { name: 'shop_front', subnets: ['172.18.0.0/16'], bridge: 'br-1', project: 'shop', isNamed: false },
  ],
  devices: [{ name: 'br-1', up: true }],
  routes: [
    { cidr: '0.0.0.0/0', dev: 'eth0', table: 254, via: '10.0.0.1' },
    { cidr: '172.16.0.0/12', dev: 'tun0', table: 254, via: '' },
    { cidr: '172.18.0.0/16', dev: 'br-1', table: 254, via: '' },
  ],
  freeBytes: 20 * 2 ** 30,
  root: '/var/lib/berth',
};

const found = (change: Partial<DoctorFacts>) =>
  judge({ ...well, ...change }).filter(({ status }) => status !== 'ok');

describe('the doctor', () => {
  it('finds nothing where all is well', () => expect(found({})).toEqual([]));

  it.each<[string, Partial<DoctorFacts>, string, string]>([
    ['a missing program', { missingPrograms: ['conmon'] }, 'programs', 'apt-get install conmon'],
    [
      'a runtime that fails',
      { runtime: { works: false, text: 'no' } },
      'runtime',
      'apt-get install conmon crun',
    ],
    ['no cgroups', { cgroups: 'none' }, 'cgroups', 'mount -t cgroup2 cgroup2 /sys/fs/cgroup'],
    ['no overlayfs', { hasOverlay: false }, 'overlay', 'modprobe overlay'],
    ['no bridges', { links: 'Operation not supported' }, 'links', 'modprobe bridge veth'],
    ['refused rules', { rules: 'No chain/target/match by that name' }, 'rules', 'modprobe -a nf_conntrack'],
    ['mixed tables', { otherBackendRules: 3 }, 'iptables', 'iptables-legacy-save >'],
    ['a bridge that is down', { devices: [{ name: 'br-1', up: false }] }, 'bridges', 'ip link set br-1 up'],
    [
      'a bridge that is gone',
      { devices: [], engineAnswers: true },
      'bridges',
      'berth -p shop down && berth -p shop up -d',
    ],
    [
      'forwarding that somebody switched off',
      { ipForward: '0', engineAnswers: true },
      'ip_forward',
      'sysctl -w net.ipv4.ip_forward=1',
    ],
    ['little space', { freeBytes: 2 ** 20 }, 'disk', 'berth image ls'],
    ['no root and no engine', { isRoot: false }, 'root', 'sudo berth doctor'],
  ])('finds %s, with the command that mends it', (_, change, about, mend) => {
    const problems = found(change).filter(({ status }) => status === 'problem');
    expect(problems).toMatchObject([{ about }]);
    expect(problems[0]?.mend).toContain(mend);
  });

  it('finds a route of others inside a network, and no harm in a wider one', () => {
    const routes = [...well.routes, { cidr: '172.18.4.0/24', dev: 'tun0', table: 51820, via: '' }];
    expect(found({ routes })).toMatchObject([
      {
        status: 'problem',
        text: 'network shop_front (172.18.0.0/16) is crossed by the route 172.18.4.0/24 on tun0',
      },
    ]);
  });

  it('has a word on other firewalls, which do no harm', () => {
    const findings = found({ firewalls: ['ufw', 'firewalld'], forwardPolicy: 'DROP' });
    expect(findings.map(({ status, about }) => [status, about])).toEqual([
      ['note', 'FORWARD'],
      ['note', 'ufw'],
      ['note', 'firewalld'],
    ]);
  });

  it('says what it can not see without root, which is no problem while an engine answers', () => {
    const findings = found({
      isRoot: false,
      engineAnswers: true,
      runtime: undefined,
      links: undefined,
      rules: undefined,
      forwardPolicy: undefined,
      ipForward: '0',
      networks: [],
    });
    expect(new Set(findings.map(({ status }) => status))).toEqual(new Set(['unknown', 'note']));
  });
});
