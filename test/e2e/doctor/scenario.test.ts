import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateHost, repository, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { eventually } from '../../helpers/scenario.ts';

interface Report {
  readonly healthy: boolean;
  readonly findings: readonly { status: string; about: string; text: string; mend?: string }[];
}

const program = '/run/program';

describe('berth doctor', () => {
  let host: PrivateHost;
  let before: Snapshot;

  beforeAll(async () => {
    host = await privateHost();
    // At a place that everybody can read, wherever the repository lies.
    await host.run(`mkdir -p ${program} && mount --bind ${repository} ${program}`);
    before = await host.snapshot();
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  const examine = async (wrap: (argv: string) => string = (argv) => argv) => {
    const command = wrap(`node ${program}/bin/berth.js doctor --json`);
    const { stdout, stderr, code } = await host.run(command, { allowFailure: true });
    expect(stderr).toBe('');
    const report = JSON.parse(stdout) as Report;
    expect(code).toBe(report.healthy ? 0 : 1);
    return (about: string) => report.findings.find((finding) => finding.about === about);
  };

  it('runs a container, lays links and rules, and leaves nothing of them', async () => {
    const of = await examine();
    for (const about of ['root', 'programs', 'runtime', 'overlay', 'links', 'rules', 'subnets']) {
      expect(of(about), about).toMatchObject({ status: 'ok' });
    }
    await host.expectClean(before);
  });

  it('starts no engine', async () => {
    expect((await host.run('ls /run/berth 2>/dev/null || true')).stdout).not.toContain('docker.sock');
  });

  it('notes a FORWARD policy of DROP', async () => {
    await host.run('iptables -P FORWARD DROP');
    expect((await examine())('FORWARD')).toMatchObject({ status: 'note' });
    await host.run('iptables -P FORWARD ACCEPT');
  });

  it('finds a route of somebody else across a network', async () => {
    await host.berth('network create --subnet 172.30.0.0/16 lab');
    await host.run(
      'ip link add vpn0 type veth peer name vpn1 && ip link set vpn1 up && ip link set vpn0 up && ip route add 172.30.7.0/24 dev vpn0',
    );
    const finding = (await examine())('subnets');
    expect(finding).toMatchObject({ status: 'problem' });
    expect(finding?.text).toContain('172.30.7.0/24 on vpn0');
    await host.run('ip link delete vpn0');
    await host.berth('network rm lab');
  });

  it('what it says mends it', async () => {
    await using engine = host.startBerth('engine run');
    await eventually(() => host.run(`test -S ${host.runRoot}/docker.sock`));
    await host.berth('network create --subnet 172.30.0.0/16 lab');
    const bridge = (await host.run("ip -br link show type bridge | awk '{ print $1 }'")).stdout.trim();
    const breakages = {
      ip_forward: 'sysctl -qw net.ipv4.ip_forward=0',
      iptables:
        'iptables-legacy -A FORWARD -s 192.0.2.1 -j DROP; iptables-legacy -t mangle -A FORWARD -j ACCEPT',
      bridges: `ip link set ${bridge} down`,
      subnets:
        'ip link add vpn0 type veth peer name vpn1 && ip link set vpn1 up && ip link set vpn0 up && ip route add 172.30.7.0/24 dev vpn0',
    };
    const berth = `berth() { node ${program}/bin/berth.js "$@"; }`;
    for (const [about, breakage] of Object.entries(breakages)) {
      await host.run(breakage);
      const finding = (await examine())(about);
      expect(finding, about).toMatchObject({ status: 'problem' });
      await host.run(`${berth}; ${String(finding?.mend)}`);
      expect((await examine())(about), about).toMatchObject({ status: 'ok' });
    }
    await host.run(
      `ip link delete ${bridge} 2>/dev/null; ip link delete $(ip -br link show type bridge | awk '{ print $1 }')`,
      {
        allowFailure: true,
      },
    );
    const gone = (await examine())('bridges');
    expect(gone?.text).toContain('was deleted by somebody');
    await host.run(`${berth}; ${String(gone?.mend)}`);
    expect((await examine())('bridges')).toMatchObject({ status: 'ok' });
    await host.run('ip link delete vpn0');
    await host.berth('network rm lab');
    await engine.signal('TERM');
  });

  it('says without root what only root can see', async () => {
    const of = await examine((argv) => `cd / && setpriv --reuid=65534 --regid=65534 --clear-groups ${argv}`);
    expect(of('runtime')).toMatchObject({ status: 'unknown' });
    expect(of('programs')).toMatchObject({ status: 'ok' });
  });

  it('text has a line a finding', async () => {
    const { stdout } = await host.berth('doctor', { allowFailure: true });
    expect(stdout).toMatch(/^ ✔ root +commands may start the engine$/m);
    expect(stdout).toMatch(/^ ✔ port 53 +not needed/m);
  });
});
