import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { neighbourLanAddress, privateHost, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { dockerOf, eventually, inspect } from '../../helpers/scenario.ts';

let host: PrivateHost;
let before: Snapshot;
let env: { DOCKER_HOST: string };
let engine: { signal(name: string): Promise<void>; ended: Promise<unknown> };

/** Networks that others have: a VPN in a table of its own, a route by a gateway, and a name server behind the rest. */
const elsewhere = `set -e
ip route add 172.19.0.0/16 dev lan0 table 77
ip route add 172.20.0.0/15 via ${neighbourLanAddress}
printf 'nameserver 172.22.0.53\\nnameserver ::1\\n' > /etc/resolv.conf`;

beforeAll(async () => {
  host = await privateHost({ lan: true });
  await host.run(elsewhere);
  before = await host.snapshot();
  await startEngine();
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

async function startEngine(): Promise<void> {
  engine = host.startBerth('engine run');
  env = { DOCKER_HOST: `unix://${host.runRoot}/docker.sock` };
  await eventually(() => host.run('docker version', { env }), 30_000);
}

const docker = async (...args: string[]) => (await host.run(['docker', ...args], { env })).stdout.trim();
const refusal = async (...args: string[]) => {
  const { code, stderr } = await host.run(['docker', ...args], { env, allowFailure: true });
  return code === 0 ? 'no refusal' : stderr;
};
const sleeper = (name: string, ...flags: string[]) =>
  docker('run', '-d', '--name', name, '--stop-signal', 'KILL', ...flags, 'berth/host', 'sleep', '10000');
const inside = (name: string, ...command: string[]) => docker('exec', name, ...command);
const subnetOf = (network: string) =>
  docker('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Subnet}}', network);
const remove = (...names: string[]) => docker('rm', '-f', ...names);
const removeNetworks = (...names: string[]) => docker('network', 'rm', ...names);

describe('default subnets', () => {
  it('keep off routes of every table, and off the name servers of the host', async () => {
    const names = ['one', 'two', 'three'];
    for (const name of names) await docker('network', 'create', name);
    expect(await Promise.all(names.map(subnetOf))).toEqual([
      '172.18.0.0/16',
      '172.23.0.0/16',
      '172.24.0.0/16',
    ]);
    await removeNetworks(...names);
  });

  it('of forty networks that are made at the same time are forty, beyond the thirty-one of Docker', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `n${String(index)}`);
    const api = dockerOf(host);
    await Promise.all(names.map((Name) => api.createNetwork({ Name, Driver: 'bridge' })));
    const addresses = await host.run("ip -j -4 address show | jq -r '.[].addr_info[].local' | sort -u");
    const networks = await api.listNetworks();
    const subnets = networks.flatMap(({ Name, IPAM }) =>
      names.includes(Name) ? [IPAM?.Config?.[0]?.Subnet ?? ''] : [],
    );
    expect(new Set(subnets).size).toBe(40);
    // One bridge each, besides 127.0.0.1 and the wire to the LAN.
    expect(addresses.stdout.trim().split('\n')).toHaveLength(42);
    await removeNetworks(...names);
  });

  it('of a length are any free ones, which the next engine keeps', async () => {
    await docker('network', 'create', '--subnet', '0.0.0.0/26', 'small');
    expect(await subnetOf('small')).toBe('172.18.0.0/26');
    await engine.signal('KILL');
    await engine.ended;
    await startEngine();
    expect(await subnetOf('small')).toBe('172.18.0.0/26');
    await sleeper('in-small', '--network', 'small');
    expect(await inside('in-small', 'ip', '-4', 'address', 'show', 'eth0')).toContain('172.18.0.2/26');
    await remove('in-small');
    await removeNetworks('small');
  });
});

describe('unusual subnets', () => {
  it('a /30 has room for one container, a /32 for none', async () => {
    await docker('network', 'create', '--subnet', '10.61.0.0/30', 'tiny');
    await docker('network', 'create', '--subnet', '10.62.0.0/32', 'none-left');
    await sleeper('only', '--network', 'tiny');
    expect(await inside('only', 'ip', '-4', 'address', 'show', 'eth0')).toContain('10.61.0.2/30');
    for (const network of ['tiny', 'none-left'])
      expect(await refusal('run', '--rm', '--network', network, 'berth/host', 'true')).toContain(
        'no available IPv4 addresses',
      );
    // What is given back is given out again.
    await remove('only');
    await sleeper('next', '--network', 'tiny');
    expect(await inside('next', 'ip', '-4', 'address', 'show', 'eth0')).toContain('10.61.0.2/30');
    await remove('next');
    await removeNetworks('tiny', 'none-left');
  });

  it('an IPv6 range of 64 bits gives its first address', async () => {
    const flags = ['--ipv6', '--subnet', 'fd61::/48', '--ip-range', 'fd61:0:0:1::/64'];
    await docker('network', 'create', ...flags, 'wide');
    await sleeper('wide-one', '--network', 'wide');
    expect(await inside('wide-one', 'ip', '-6', 'address', 'show', 'eth0')).toContain('fd61:0:0:1::1/48');
    await remove('wide-one');
    await removeNetworks('wide');
  });

  it('a network without IPv4 has none on its bridge and in its containers', async () => {
    await host.berth('network create --ipv4=false --ipv6 --subnet fd62::/64 six');
    await sleeper('six-one', '--network', 'six');
    expect(await inside('six-one', 'ip', '-4', '-o', 'address', 'show', 'eth0')).toBe('');
    expect(await inside('six-one', 'ip', '-6', '-o', 'address', 'show', 'eth0')).toContain('fd62::2/64');
    expect(await inside('six-one', 'ip', '-4', 'route', 'show', 'default')).toBe('');
    const [{ Gateway, IPv6Gateway } = {}] = Object.values(
      (await inspect(host, 'six-one')).NetworkSettings.Networks,
    );
    expect([Gateway, IPv6Gateway]).toEqual(['', 'fd62::1']);
    await remove('six-one');
    await removeNetworks('six');
  });
});

describe('a container on several networks', () => {
  beforeAll(async () => {
    for (const [name, octet] of [
      ['left', '63'],
      ['right', '64'],
    ] as const)
      await docker('network', 'create', '--subnet', `10.${octet}.0.0/24`, name);
    await host.berth('network create --ipv4=false --ipv6 --subnet fd65::/64 --gateway fd65::1 only6');
  });
  afterAll(async () => {
    await removeNetworks('left', 'right', 'only6');
  });

  const gateways = async (name: string) => {
    const show = (family: string) => inside(name, 'ip', family, 'route', 'show', 'default');
    const via = (text: string) => /via (\S+)/.exec(text)?.[1] ?? 'none';
    return [via(await show('-4')), via(await show('-6'))];
  };

  it('has all of them from its first moment, in the order in which they were named', async () => {
    await sleeper('both', '--network', 'right', '--network', 'left');
    const addresses = await inside('both', 'ip', '-4', '-o', 'address', 'show');
    expect([...addresses.matchAll(/eth\d +inet [\d.]+/g)].map(String)).toEqual([
      expect.stringMatching(/^eth0 +inet 10\.64\.0\.2$/),
      expect.stringMatching(/^eth1 +inet 10\.63\.0\.2$/),
    ]);
    await remove('both');
  });

  it('goes out by the highest priority, a negative one loses, and the next best takes over', async () => {
    await sleeper('chooser', '--network', 'left');
    await host.berth('network connect --gw-priority -1 right chooser');
    expect(await gateways('chooser')).toEqual(['10.63.0.1', 'none']);
    await docker('network', 'disconnect', 'right', 'chooser');
    await host.berth('network connect --gw-priority 1 right chooser');
    expect(await gateways('chooser')).toEqual(['10.64.0.1', 'none']);
    // Each family for itself: this one leads nowhere over IPv4.
    await host.berth('network connect --gw-priority 2 only6 chooser');
    expect(await gateways('chooser')).toEqual(['10.64.0.1', 'fd65::1']);
    await docker('network', 'disconnect', 'right', 'chooser');
    expect(await gateways('chooser')).toEqual(['10.63.0.1', 'fd65::1']);
    await docker('network', 'disconnect', 'only6', 'chooser');
    expect(await gateways('chooser')).toEqual(['10.63.0.1', 'none']);
    await remove('chooser');
  });

  it('keeps every line of /etc/hosts when it joins and leaves many at the same time', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `m${String(index)}`);
    for (const name of names) await docker('network', 'create', name);
    await sleeper('many', '--network', 'left', '--hostname', 'many.test');
    await Promise.all(names.map((name) => docker('network', 'connect', name, 'many')));
    const lines = async () => (await inside('many', 'grep', '-c', 'many.test', '/etc/hosts')).trim();
    expect(await lines()).toBe('9');
    await Promise.all(names.map((name) => docker('network', 'disconnect', name, 'many')));
    expect(await lines()).toBe('1');
    expect(await inside('many', 'cat', '/etc/hosts')).toContain('10.63.0.2\tmany.test');
    await remove('many');
    await removeNetworks(...names);
  });
});

describe('an endpoint', () => {
  beforeAll(async () => {
    await docker('network', 'create', '--subnet', '10.66.0.0/24', 'lane');
  });
  afterAll(async () => {
    await removeNetworks('lane');
  });

  it('has kernel parameters of its own, also by the command line of docker run', async () => {
    const option = (value: string) =>
      `name=lane,driver-opt=com.docker.network.endpoint.sysctls=net.ipv4.conf.${value}`;
    await sleeper('tuned', '--network', option('IFNAME.log_martians=1'));
    const parameter = '/proc/sys/net/ipv4/conf/eth0/log_martians';
    expect(await inside('tuned', 'cat', parameter)).toBe('1');
    await docker('restart', '-t', '0', 'tuned');
    expect(await inside('tuned', 'cat', parameter)).toBe('1');
    await remove('tuned');
    const refused = await refusal('run', '--network', option('eth0.log_martians=1'), 'berth/host', 'true');
    expect(refused).toContain('unrecognised network interface sysctl');
  });

  it('tells its neighbours of a new MAC address, unless it was told not to', async () => {
    await sleeper('watcher', '--network', 'lane', '--ip', '10.66.0.9');
    const known = async () =>
      /lladdr (\S+)/.exec(await inside('watcher', 'ip', 'neighbour', 'show', '10.66.0.2'))?.[1];
    const mac = (last: string) => `02:00:00:00:00:${last}`;
    const mover = (last: string, ...flags: string[]) =>
      sleeper('mover', ...['--network', 'lane', '--ip', '10.66.0.2', '--mac-address', mac(last)], ...flags);
    await mover('01');
    await inside('watcher', 'bash', '-c', 'echo >/dev/udp/10.66.0.2/9');
    await eventually(async () => expect(await known()).toBe(mac('01')));
    await remove('mover');
    await mover('02');
    await eventually(async () => expect(await known()).toBe(mac('02')));
    await remove('mover');

    const silent = `name=lane,ip=10.66.0.2,mac-address=${mac('03')}`;
    const option = 'driver-opt=com.docker.network.advertise_addr_nmsgs=0';
    await sleeper('quiet', '--network', `${silent},${option}`);
    expect(await inside('quiet', 'cat', '/sys/class/net/eth0/address')).toBe(mac('03'));
    expect(await known()).toBe(mac('02'));
    await remove('quiet', 'watcher');
  });

  it('has the MTU of the network, beyond that of an Ethernet too', async () => {
    await docker('network', 'create', '-o', 'com.docker.network.driver.mtu=9000', 'jumbo');
    await sleeper('large', '--network', 'jumbo');
    expect(await inside('large', 'cat', '/sys/class/net/eth0/mtu')).toBe('9000');
    await remove('large');
    await removeNetworks('jumbo');
    const tooLarge = ['-o', 'com.docker.network.driver.mtu=65536', 'jumbo'];
    expect(await refusal('network', 'create', ...tooLarge)).toContain(
      'failed to parse com.docker.network.driver.mtu',
    );
  });
});

it('a network whose name is the id of another goes after that one', async () => {
  const id = await docker('network', 'create', 'first');
  const other = await docker('network', 'create', id);
  await removeNetworks(id);
  expect(await docker('network', 'ls', '-q', '--no-trunc', '--filter', 'type=custom')).toBe(other);
  await removeNetworks(other);
});

it('on the default bridge a resolver of the host that is out of reach gives way to public ones', async () => {
  await host.run(`printf 'nameserver 127.0.0.53\\nnameserver ::1\\n' > /etc/resolv.conf`);
  await sleeper('plain');
  const text = await inside('plain', 'cat', '/etc/resolv.conf');
  expect(text).toContain('nameserver 8.8.8.8\n');
  expect(text).not.toContain('::1');
  expect(text).not.toContain('127.0.0.53');
  await remove('plain');
});

it('a container whose network is gone is refused, and starts once there is one of that name again', async () => {
  await docker('network', 'create', '--subnet', '10.67.0.0/24', 'lost');
  await docker('create', '--name', 'late', '--network', 'lost', 'berth/host', 'sleep', '1000');
  await removeNetworks('lost');
  expect(await refusal('start', 'late')).toContain('network lost not found');
  await docker('network', 'create', '--subnet', '10.67.0.0/24', 'lost');
  await docker('start', 'late');
  expect(await inside('late', 'ip', '-4', 'address', 'show', 'eth0')).toContain('10.67.0.2/24');
  await remove('late');
  await removeNetworks('lost');
});

it('and all of it goes', async () => {
  await engine.signal('TERM');
  await engine.ended;
  await host.expectClean(before);
});
