import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { expectUnreachable, greeting, here, inspect } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);
const open = 'open for 10.77.0.2\n';

describe('options of a network that change its rules', () => {
  let host: PrivateHost;
  let before: Snapshot;

  beforeAll(async () => {
    host = await privateHost({ lan: true });
    await host.run('ip address add 10.77.0.99/24 dev lan0');
    void host.lan.start('socat TCP-LISTEN:7000,fork,reuseaddr SYSTEM:"echo lan for \\$SOCAT_PEERADDR"');
    before = await host.snapshot();
    await host.berth('up -d', { cwd });
    for (const service of ['trusting', 'routed', 'visitor']) {
      const { SandboxKey } = (await inspect(host, `others-${service}-1`)).NetworkSettings;
      places.set(service, SandboxKey);
    }
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  const places = new Map<string, string>();
  const inside = (service: string): Pick<PrivateHost, 'run'> => ({
    run: (command, options) =>
      host.run(
        [
          'nsenter',
          `--net=${places.get(service) ?? ''}`,
          ...(typeof command === 'string' ? [command] : command),
        ],
        options,
      ),
  });
  /** Takes a rule away, looks, and has it back. The engine stands still meanwhile, as it would have it back at once. */
  const without = async (table: string, pattern: RegExp, look: () => Promise<unknown>): Promise<void> => {
    const { stdout } = await host.run(`iptables -t ${table} -S`);
    const rules = stdout.split('\n').filter((line) => pattern.test(line));
    expect(rules).not.toEqual([]);
    const { stdout: whole } = await host.run('iptables-save');
    await host.run('kill -STOP $(cat /run/berth/engine.pid)');
    await host.run(rules.map((rule) => `iptables -t ${table} ${rule.replace('-A', '-D')}`).join('; '));
    await look();
    await host.run(['iptables-restore'], { input: whole });
    await host.run('kill -CONT $(cat /run/berth/engine.pid)');
  };

  it('trusted_host_interfaces: from there the address of the container leads to its published ports', async () => {
    expect(await greeting(host.lan, '10.94.0.10:80')).toBe(open);
    await expectUnreachable(host.lan, '10.94.0.10:81');
    await without('raw', /-d 10\.94\.0\.10\/32 -i lan0 .*-j ACCEPT/, () =>
      expectUnreachable(host.lan, '10.94.0.10:80'),
    );
  });

  it('host_ipv4: what goes out has that address', async () => {
    expect(await greeting(inside('trusting'), '10.77.0.2:7000')).toBe('lan for 10.77.0.99\n');
    expect(await greeting(inside('visitor'), '10.77.0.2:7000')).toBe('lan for 10.77.0.1\n');
    await without('nat', /-s 10\.94\.0\.0\/24 .*-j SNAT --to-source 10\.77\.0\.99/, async () =>
      expect(await greeting(inside('trusting'), '10.77.0.2:7000').catch(() => '')).not.toContain(
        '10.77.0.99',
      ),
    );
  });

  it('routed: other networks reach what is published, at the address of the container, and nothing else', async () => {
    expect(await greeting(inside('visitor'), '10.95.0.10:80')).toMatch(/^open for /);
    await expectUnreachable(inside('visitor'), '10.95.0.10:81');
    await expectUnreachable(inside('routed'), '10.94.0.10:81');
    await without('filter', /-A BERTH -d 10\.95\.0\.10\/32 .*-j ACCEPT/, () =>
      expectUnreachable(inside('visitor'), '10.95.0.10:80'),
    );
  });

  it('host.docker.internal is the host, unless extra_hosts says otherwise', async () => {
    await using speaker = host.start('socat TCP-LISTEN:7001,fork,reuseaddr SYSTEM:"echo host"');
    const ask = [
      'exec',
      '-T',
      'visitor',
      'socat',
      '-T5',
      '-u',
      'TCP:host.docker.internal:7001,retry=50,interval=0.1',
      'STDOUT',
    ];
    expect((await host.berth(ask, { cwd })).stdout).toBe('host\n');
    await speaker.signal('TERM');
    await speaker.ended;
  });

  it('a container that flushed its own rules has names again after a restart', async () => {
    await inside('visitor').run(['iptables', '-t', 'nat', '-F']);
    await host.berth('restart visitor', { cwd });
    expect((await host.berth('exec -T visitor getent hosts visitor', { cwd })).stdout).toContain('visitor');
  });

  it('enable_ipv6 and host_ipv6 are read, and refused when they are nothing of the kind', async () => {
    await host.berth('network create -o com.docker.network.enable_ipv6=true six');
    const { stdout } = await host.berth(['network', 'inspect', '-f', '{{.EnableIPv6}}', 'six']);
    expect(stdout).toBe('true\n');
    await host.berth('network rm six');
    const refused = await host.berth('network create -o com.docker.network.host_ipv6=10.0.0.1 six', {
      allowFailure: true,
    });
    expect(refused.stderr).toContain('invalid com.docker.network.host_ipv6 value: 10.0.0.1');
  });

  it('the drops of Docker and ufw on the same host are overcome, and their chains stay as they are', async () => {
    await host.run(foreignRules);
    const foreign = async (): Promise<string> =>
      (await host.run("iptables -S | grep -E 'DOCKER|ufw' || true")).stdout;
    const was = await foreign();
    expect(await greeting(host.lan, '10.77.0.1:8401')).toBe(open);
    expect(await greeting(inside('visitor'), '10.77.0.2:7000')).toBe('lan for 10.77.0.1\n');
    // Those hooks now stand before ours; the next change puts ours in front again.
    await host.berth('network create other');
    expect(await greeting(host.lan, '10.77.0.1:8401')).toBe(open);
    expect(await foreign()).toBe(was);
    await without('filter', /-A FORWARD -j BERTH-FORWARD/, () =>
      expectUnreachable(host.lan, '10.77.0.1:8401'),
    );
    await host.berth('network rm other');
    await host.run(`iptables -P FORWARD ACCEPT; iptables -S FORWARD | grep -E 'DOCKER|ufw' | sed 's/-A/-D/' | xargs -rL1 iptables
      for c in $(iptables -S | sed -nE 's/^-N (DOCKER.*|ufw.*)/\\1/p'); do iptables -F $c; done
      for c in $(iptables -S | sed -nE 's/^-N (DOCKER.*|ufw.*)/\\1/p'); do iptables -X $c; done`);
  });

  it('and all of it goes', async () => {
    await host.berth('down', { cwd });
    await host.expectClean(before);
  });
});

describe('a host with iptables-legacy', () => {
  let host: PrivateHost;
  let env: { PATH: string };

  beforeAll(async () => {
    host = await privateHost({ lan: true });
    const names = ['iptables', 'iptables-save', 'iptables-restore'].flatMap((name) => [
      name,
      `ip6${name.slice(2)}`,
    ]);
    await host.run(`mkdir ${host.folder}/bin`);
    for (const name of names)
      await host.run(`ln -s $(command -v xtables-legacy-multi) ${host.folder}/bin/${name}`);
    env = { PATH: `${host.folder}/bin:${process.env['PATH'] ?? ''}` };
    await host.berth('up -d', { cwd, env });
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  it('has the rules there, and only there', async () => {
    expect((await host.run('iptables-save', { env })).stdout).toContain('-A FORWARD -j BERTH-FORWARD');
    expect((await host.run('iptables-save')).stdout).not.toContain('BERTH');
  });

  it('publishes, keeps apart, and lets out', async () => {
    expect(await greeting(host.lan, '10.77.0.1:8401')).toBe(open);
    await expectUnreachable(host.lan, '10.94.0.10:81');
    await host.run('iptables -P FORWARD DROP', { env });
    expect(await greeting(host.lan, '10.77.0.1:8401')).toBe(open);
    expect((await host.berth('exec -T visitor cat /etc/resolv.conf', { cwd, env })).stdout).toContain(
      '127.0.0.11',
    );
    expect((await host.berth('exec -T visitor getent hosts visitor', { cwd, env })).stdout).toContain(
      'visitor',
    );
  });

  it('has none of them after down', async () => {
    await host.berth('down', { cwd, env });
    expect((await host.run('iptables-save', { env })).stdout).not.toContain('BERTH');
  });
});

/** What Docker 28 and ufw put into the filter table, as far as it concerns what is forwarded. */
const foreignRules = `set -e
iptables -P FORWARD DROP
for c in DOCKER-USER DOCKER-FORWARD DOCKER-CT DOCKER-ISOLATION-STAGE-1 DOCKER-ISOLATION-STAGE-2 DOCKER-BRIDGE DOCKER; do iptables -N $c; done
for c in before-forward after-forward reject-forward; do iptables -N ufw-$c; iptables -A FORWARD -j ufw-$c; done
iptables -A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -A ufw-reject-forward -j REJECT
iptables -I FORWARD -j DOCKER-FORWARD
iptables -I FORWARD -j DOCKER-USER
for c in DOCKER-CT DOCKER-ISOLATION-STAGE-1 DOCKER-BRIDGE; do iptables -A DOCKER-FORWARD -j $c; done
iptables -A DOCKER-FORWARD -i docker0 -j ACCEPT
iptables -A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -A DOCKER-BRIDGE -o docker0 -j DOCKER
iptables -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
iptables -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
iptables -A DOCKER ! -i docker0 -o docker0 -j DROP`;
