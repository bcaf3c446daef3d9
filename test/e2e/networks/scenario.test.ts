import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { here, inspect } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);
let host: PrivateHost;
let before: Snapshot;
let env: { DOCKER_HOST: string };
/** Docker's client has these flags from version 28 on; an older machine's tests say them to `berth` alone. */
const newFlags = ['--ipv4=false', '--gw-priority'];
let hasNewFlags = false;

beforeAll(async () => {
  host = await privateHost({ lan: true });
  before = await host.snapshot();
  await host.berth('up -d', { cwd });
  env = { DOCKER_HOST: (await host.berth('engine socket')).stdout.trim() };
  hasNewFlags = (await docker('network', 'connect', '--help')).stdout.includes('--gw-priority');
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const docker = (...args: string[]) => host.run(['docker', ...args], { env, allowFailure: true });
const inside = async (container: string, ...command: string[]) =>
  (await docker('exec', container, ...command)).stdout.trim();
const route = async (container: string) =>
  /^default via (\S+ dev \S+)/.exec(await inside(container, 'ip', 'route', 'show', 'default'))?.[1] ?? '';
const both = ['docker', 'berth'] as const;
const by = (client: (typeof both)[number], ...args: string[]) =>
  client === 'docker' && (hasNewFlags || !args.some((arg) => newFlags.includes(arg)))
    ? docker(...args)
    : host.berth(args, { allowFailure: true });

describe('a service on several networks', () => {
  it('has them in the order of priority, with the names asked for', async () => {
    const links = await inside('nets-web-1', 'ip', '-o', 'link');
    const names = [...links.matchAll(/^\d+: ([^:@]+)/gm)].map(([, name]) => name);
    expect(names).toEqual(['lo', 'eth0', 'svc0', 'lan0']);
  });

  it('goes out by the one with the highest gw_priority, which also takes the ports', async () => {
    const { Networks } = (await inspect(host, 'nets-web-1')).NetworkSettings;
    const back = Networks['nets_back'];
    expect(await route('nets-web-1')).toBe(`${String(back?.Gateway)} dev svc0`);
    expect((await host.run('iptables-save -t nat')).stdout).toContain(
      `--to-destination ${String(back?.IPAddress)}:80`,
    );
  });

  it('has its MAC address, its link-local addresses and its kernel parameters there', async () => {
    expect(await inside('nets-web-1', 'ip', '-o', 'link', 'show', 'svc0')).toContain('02:00:00:00:00:42');
    const addresses = await inside('nets-web-1', 'ip', '-o', 'address', 'show', 'svc0');
    expect(addresses).toContain('169.254.8.8/16');
    expect(addresses).toContain('fe80::8/64');
    const parameter = (name: string) =>
      inside('nets-web-1', 'cat', `/proc/sys/net/ipv4/conf/${name}/log_martians`);
    expect([await parameter('svc0'), await parameter('lan0')]).toEqual(['1', '0']);
  });

  it('keeps all of it over a restart', async () => {
    const was = await inside('nets-web-1', 'ip', '-o', 'address');
    await docker('restart', '-t', '0', 'nets-web-1');
    expect(await inside('nets-web-1', 'ip', '-o', 'address')).toBe(was);
    expect(await route('nets-web-1')).toMatch(/dev svc0$/);
  });
});

describe.each(both)('with %s', (client) => {
  const name = `lab-${client}`;
  const octet = client === 'docker' ? '90' : '91';
  const subnet = `10.${octet}.0.0/24`;

  it('network create takes every flag', async () => {
    const made = await by(
      client,
      ...['network', 'create', '--subnet', subnet, '--subnet', `fd${octet}::/64`, '--ipv6'],
      ...[
        '--gateway',
        `10.${octet}.0.254`,
        '--gateway',
        `fd${octet}::fe`,
        '--ip-range',
        `10.${octet}.0.128/25`,
      ],
      ...['--aux-address', `router=10.${octet}.0.128`, '--aux-address', `six=fd${octet}::1`],
      ...['--attachable', '--label', 'colour=blue', '-o', `com.docker.network.bridge.name=br${octet}`, name],
    );
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const [network] = JSON.parse((await by(client, 'network', 'inspect', name)).stdout) as [object];
    expect(network).toMatchObject({
      Attachable: true,
      EnableIPv6: true,
      Labels: { colour: 'blue' },
      IPAM: {
        Config: [
          {
            Subnet: subnet,
            IPRange: `10.${octet}.0.128/25`,
            Gateway: `10.${octet}.0.254`,
            AuxiliaryAddresses: { router: `10.${octet}.0.128` },
          },
          {
            Subnet: `fd${octet}::/64`,
            Gateway: `fd${octet}::fe`,
            AuxiliaryAddresses: { six: `fd${octet}::1` },
          },
        ],
      },
    });
    const { stdout } = await host.run(`ip -o address show dev br${octet}`);
    expect(stdout).toContain(`10.${octet}.0.254/24`);
    expect(stdout).toContain(`fd${octet}::fe/64`);
  });

  it('network create --ipv6 alone chooses a unique local range', async () => {
    await by(client, 'network', 'create', '--ipv6', '--ipv4=false', 'ula');
    const shown = await by(client, 'network', 'inspect', '-f', '{{json .IPAM.Config}}', 'ula');
    expect(shown.stdout).toMatch(/^\[\{"Subnet":"fd[0-9a-f:]+::\/64","Gateway":"fd[0-9a-f:]+::1"\}\]\n$/);
    await by(client, 'network', 'rm', 'ula');
  });

  it('network connect to a running container takes every flag, and moves the default route', async () => {
    const was = await route('nets-web-1');
    const done = await by(
      client,
      ...['network', 'connect', '--ip', `10.${octet}.0.40`, '--ip6', `fd${octet}::40`, '--alias', 'extra'],
      ...['--link', 'nets-web-1:me', '--link-local-ip', '169.254.9.9', '--gw-priority', '9'],
      ...['--driver-opt', 'com.docker.network.endpoint.ifname=ext0', name, 'nets-web-1'],
    );
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const addresses = await inside('nets-web-1', 'ip', '-o', 'address', 'show', 'ext0');
    for (const address of [`10.${octet}.0.40/24`, `fd${octet}::40/64`, '169.254.9.9/16'])
      expect(addresses).toContain(address);
    expect(await inside('nets-web-1', 'getent', 'ahostsv4', 'extra')).toContain(`10.${octet}.0.40`);
    expect(await inside('nets-web-1', 'getent', 'hosts', 'me')).not.toBe('');
    expect(await route('nets-web-1')).toBe(`10.${octet}.0.254 dev ext0`);
    expect((await host.run('iptables-save -t nat')).stdout).toContain(`--to-destination 10.${octet}.0.40:80`);
    const endpoint = (await inspect(host, 'nets-web-1')).NetworkSettings.Networks[name];
    expect(endpoint).toMatchObject({ GwPriority: 9, IPAMConfig: { LinkLocalIPs: ['169.254.9.9'] } });
    await by(client, 'network', 'disconnect', name, 'nets-web-1');
    expect(await route('nets-web-1')).toBe(was);
    expect((await host.run('iptables-save -t nat')).stdout).not.toContain(`10.${octet}.0.40`);
  });

  it('network connect to a stopped container holds for its next start', async () => {
    await docker('create', '--name', 'later', '--stop-signal', 'KILL', 'berth/host', 'sleep', '1000');
    await by(client, 'network', 'connect', '--ip', `10.${octet}.0.50`, name, 'later');
    await by(client, 'network', 'disconnect', 'bridge', 'later');
    await docker('start', 'later');
    expect(await inside('later', 'ip', '-4', '-o', 'address', 'show', 'dev', 'eth1')).toContain(
      `10.${octet}.0.50`,
    );
    expect(await route('later')).toBe(`10.${octet}.0.254 dev eth1`);
    // Off its last network, then on the default bridge, which was not there until now.
    await by(client, 'network', 'disconnect', '-f', name, 'later');
    expect(await route('later')).toBe('');
    expect((await by(client, 'network', 'connect', 'bridge', 'later')).stderr).toBe('');
    expect(await route('later')).toBe('172.17.0.1 dev eth0');
    await docker('rm', '-f', 'later');
    expect((await host.run('ip -o link')).stdout).not.toContain('berth0');
  });

  it('network ls filters and formats', async () => {
    const list = async (...flags: string[]) =>
      (await by(client, 'network', 'ls', ...flags)).stdout.trim().split('\n');
    expect(
      await list('--filter', 'label=colour=blue', '--filter', `name=${client}`, '--format', '{{.Name}}'),
    ).toEqual([name]);
    expect(await list('--filter', 'type=builtin', '--format', '{{.Name}} {{.Driver}} {{.Scope}}')).toEqual([
      'bridge bridge local',
      'host host local',
      'none null local',
    ]);
    expect(await list('--filter', 'driver=null', '--format', '{{.Name}}')).toEqual(['none']);
    expect(
      await list('--filter', 'dangling=true', '--filter', `name=${name}`, '--format', '{{.Name}}'),
    ).toEqual([name]);
    const [id = ''] = await list('-q', '--no-trunc', '--filter', `name=${name}`);
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(await list('-q', '--filter', `id=${id.slice(0, 6)}`)).toEqual([id.slice(0, 12)]);
    const [line = ''] = await list('--format', 'json', '--filter', `name=${name}`);
    expect(JSON.parse(line)).toMatchObject({
      ID: id.slice(0, 12),
      Name: name,
      IPv6: 'true',
      Labels: 'colour=blue',
    });
    expect(await list('--filter', 'scope=swarm', '-q')).toEqual(['']);
    expect((await by(client, 'network', 'ls', '--filter', 'type=odd')).stderr).toContain("'type'='odd'");
    expect((await by(client, 'network', 'ls', '--filter', 'odd=1')).stderr).toContain("invalid filter 'odd'");
  });

  it('network prune takes what is unused and accepted', async () => {
    await by(client, 'network', 'create', 'spare');
    const pruned = await by(client, 'network', 'prune', '-f', '--filter', 'label=colour=blue');
    expect(pruned.stdout).toContain(name);
    expect(pruned.stdout).not.toContain('spare');
    expect((await by(client, 'network', 'rm', 'spare')).stdout).toBe('spare\n');
  });
});

describe('what makes no sense', () => {
  const name = 'taken';

  beforeAll(async () => {
    await docker(
      ...['network', 'create', '--subnet', '10.92.0.0/24', '--gateway', '10.92.0.254'],
      ...['-o', 'com.docker.network.bridge.name=br92', name],
    );
  });
  afterAll(async () => {
    await docker('network', 'rm', name);
  });

  it.each([
    [['--subnet', '10.97.0.5/24'], 'invalid subnet 10.97.0.5/24: it should be 10.97.0.0/24'],
    [['--subnet', '10.92.0.0/25'], 'Pool overlaps with other one on this address space'],
    [['--gateway', '10.92.0.1'], 'every ip-range or gateway must have a corresponding subnet'],
    [['--subnet', '10.97.0.0/24', '--gateway', '10.93.0.1'], 'no matching subnet for gateway 10.93.0.1'],
    [
      ['--subnet', '10.97.0.0/24', '--ip-range', '10.97.0.0/16'],
      'CIDR block is bigger than its parent subnet',
    ],
    [['--subnet', '10.97.0.0/24', '--subnet', '10.97.0.0/25'], 'multiple overlapping subnet configuration'],
    [
      ['--subnet', '10.97.0.0/24', '--subnet', '10.98.0.0/24'],
      "bridge driver doesn't support multiple subnets",
    ],
    [['--ipv4=false'], 'IPv4 or IPv6 must be enabled'],
    [['-d', 'nosuch'], 'plugin "nosuch" not found'],
    [['-d', 'overlay'], 'leave the driver out'],
    [['--ipam-driver', 'nosuch'], 'plugin "nosuch" not found'],
    [['-o', 'com.docker.network.driver.mtu=abc'], 'failed to parse com.docker.network.driver.mtu value: abc'],
    [['-o', 'com.docker.network.bridge.name=br92'], 'networks have same bridge name'],
    [
      ['-o', 'com.docker.network.bridge.gateway_mode_ipv4=isolated'],
      'can only be used for an internal network',
    ],
    [['-o', 'com.docker.network.bridge.gateway_mode_ipv4=odd'], 'unknown gateway mode odd'],
  ])('network create %j is refused: %s', async (flags, text) => {
    const refused = await by('docker', 'network', 'create', ...flags, 'refused');
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain(text);
  });

  it.each([
    [['create', 'bridge'], 'operation is not permitted on predefined bridge network'],
    [['create', name], `network with name ${name} already exists`],
    [['rm', 'bridge'], 'bridge is a pre-defined network and cannot be removed'],
    [['rm', 'nets_back'], 'has active endpoints (name:"nets-web-1" id:"'],
    [['rm', 'nosuch'], 'network nosuch not found'],
    [['connect', 'nosuch', 'nets-web-1'], 'network nosuch not found'],
    [['connect', name, 'nosuch'], 'No such container: nosuch'],
    [['connect', 'host', 'nets-web-1'], 'cannot be disconnected from host network or connected to host'],
    [['connect', 'none', 'nets-web-1'], 'one of the networks in private (none) mode'],
    [
      ['connect', 'nets_back', 'nets-web-1'],
      'endpoint with name nets-web-1 already exists in network nets_back',
    ],
    [['connect', '--ip', '172.17.0.9', 'bridge', 'nets-web-1'], 'supported on user defined networks only'],
    [
      ['connect', '--alias', 'a', 'bridge', 'nets-web-1'],
      'supported only for containers in user defined networks',
    ],
    [['connect', '--ip', '10.98.0.9', name, 'nets-web-1'], 'no configured subnet or ip-range contain the IP'],
    [['connect', '--ip', '10.92.0.254', name, 'nets-web-1'], 'Address already in use'],
    [
      ['connect', '--link-local-ip', '10.0.0.1', name, 'nets-web-1'],
      'invalid link local IP address: 10.0.0.1',
    ],
    [
      ['connect', '--driver-opt', 'com.docker.network.endpoint.ifname=eth0', name, 'nets-web-1'],
      'already in use',
    ],
    [
      ['connect', '--driver-opt', 'com.docker.network.endpoint.sysctls=a=1', name, 'nets-web-1'],
      'unrecognised',
    ],
    [['disconnect', name, 'nets-web-1'], `is not connected to network ${name}`],
  ])('network %j is refused: %s', async (args, text) => {
    const refused = await docker('network', ...args);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain(text);
  });
});

it('a bridge without a port left says so', async () => {
  await docker('network', 'create', '-o', 'com.docker.network.bridge.name=brfull', 'full');
  await host.run(`for i in {1..1023}; do echo "link add f$i group 77 master brfull type veth peer name g$i"; done > ports
    ip -batch ports`);
  const refused = await docker('run', '--rm', '--network', 'full', 'berth/host', 'true');
  expect(refused.stderr).toContain('the bridge brfull has no port left');
  await host.run('ip link delete group 77; rm ports');
  await docker('network', 'rm', 'full');
});

it('and all of it goes', async () => {
  await host.berth('down', { cwd });
  await host.expectClean(before);
});
