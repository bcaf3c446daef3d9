import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  berthProgram,
  hostLanAddress,
  hostLanAddress6,
  neighbourLanAddress6,
  privateHost,
  type PrivateHost,
  type Snapshot,
} from '../../helpers/host.ts';
import { eventually } from '../../helpers/scenario.ts';

let host: PrivateHost;
let before: Snapshot;
let env: { DOCKER_HOST: string };
let engine: ReturnType<PrivateHost['start']>;
const otherLanAddress6 = 'fd77::9';

beforeAll(async () => {
  host = await privateHost({ lan: true });
  await host.run(`ip address add ${otherLanAddress6}/64 dev lan0 nodad`);
  await host.lan.run(`ip -6 route add default via ${hostLanAddress6}`);
  before = await host.snapshot();
  // Beneath a shell: nsenter, which waits for the shell, would stop for good with a program of its own that stops.
  engine = host.start(`node ${berthProgram} engine run & echo $! > engine-pid; wait`);
  env = { DOCKER_HOST: `unix://${host.runRoot}/docker.sock` };
  await eventually(() => host.run('docker version', { env }), 30_000);
  await docker('network', 'create', '--subnet', '10.68.0.0/24', 'four');
  await docker('network', 'create', '--ipv6', '--subnet', '10.69.0.0/24', '--subnet', 'fd69::/64', 'both');
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const docker = async (...args: string[]) => (await host.run(['docker', ...args], { env })).stdout.trim();
const signalEngine = (name: string) => host.run(`kill -${name} $(cat engine-pid)`);
const remove = (...names: string[]) => docker('rm', '-f', ...names);
const refusal = async (...args: string[]) => {
  const { code, stderr } = await host.run(['docker', ...args], { env, allowFailure: true });
  await docker('rm', '-f', 'refused').catch(() => '');
  return code === 0 ? 'no refusal' : stderr;
};

/** A container that says its name, and who calls, at port 80 of every protocol that is published here. */
const greeter = (name: string, ...flags: string[]) =>
  docker(
    ...['run', '-d', '--name', name, '--stop-signal', 'KILL', ...flags, 'berth/host', 'bash', '-c'],
    `socat UDP6-RECVFROM:80,ipv6only=0,fork SYSTEM:'read -r _; echo ${name} $SOCAT_PEERADDR' &
    exec socat TCP6-LISTEN:80,ipv6only=0,fork,reuseaddr SYSTEM:'echo ${name} $SOCAT_PEERADDR'`,
  );

/** What a caller hears from a socat address; '' for nothing, which is final after a second. */
const heard = async (from: Pick<PrivateHost, 'run'>, to: string): Promise<string> => {
  const probe = to.startsWith('UDP')
    ? `echo | timeout 4 socat -t2 -T2 - ${to} 2>/dev/null; true`
    : `timeout 4 socat -u ${to},connect-timeout=1 - 2>/dev/null; true`;
  return (await from.run(probe)).stdout.trim();
};
/** Calls from a container's namespace, which is found while the engine answers. */
const insideOf = async (name: string): Promise<Pick<PrivateHost, 'run'>> => {
  const pid = await docker('inspect', '-f', '{{.State.Pid}}', name);
  return {
    run: (command, options) => host.run(['nsenter', '-t', pid, '-n', 'bash', '-c', String(command)], options),
  };
};
const ready = (from: Pick<PrivateHost, 'run'>, to: string, name: string) =>
  eventually(async () => expect(await heard(from, to)).toContain(name));

describe('random ports', () => {
  it('are all different, of the kernel’s own range, and free again with their container', async () => {
    const flags = Array.from({ length: 20 }, (_, index) => ['-p', String(index + 80)]).flat();
    const numbersOf = async (name: string) => {
      await greeter(name, '--network', 'four', ...flags);
      const ports = await docker('port', name);
      return [...ports.matchAll(/0\.0\.0\.0:(\d+)$/gm)].map(([, port]) => Number(port));
    };
    const [first, second] = [await numbersOf('first'), await numbersOf('second')];
    expect(new Set([...first, ...second]).size).toBe(40);
    const range = (await host.run('cat /proc/sys/net/ipv4/ip_local_port_range')).stdout
      .split('\t')
      .map(Number);
    expect(Math.min(...first, ...second)).toBeGreaterThanOrEqual(range[0] ?? Infinity);
    expect(Math.max(...first, ...second)).toBeLessThanOrEqual(range[1] ?? 0);
    await remove('first', 'second');
    expect((await host.run('ss -Hltn')).stdout).not.toContain(`:${first[0]} `);
  });
});

describe('a binding', () => {
  it('gives a caller who comes while it is made to the container, once it answers', async () => {
    const call = `socat -u -T5 TCP:${hostLanAddress}:8499,connect-timeout=1 - 2>/dev/null`;
    const caller = host.lan.run(
      `for n in {1..2000}; do text=$(${call}); [ -z "$text" ] || break; done; echo "$text"`,
    );
    await greeter('wanted', '--network', 'four', '-p', '8499:80');
    expect((await caller).stdout).toMatch(/^wanted /);
    await remove('wanted');
  });

  // Flag; what `docker port` tells; who is answered: LAN by IPv4 and IPv6, this machine by 127.0.0.1 and ::1.
  it.each([
    ['8401:80', ['0.0.0.0:8401', '[::]:8401'], 'lan4 lan6 lo4 lo6'],
    ['0.0.0.0:8401:80', ['0.0.0.0:8401'], 'lan4 lo4'],
    ['[::]:8401:80', ['[::]:8401'], 'lan6 lo6'],
    ['127.0.0.1:8401:80', ['127.0.0.1:8401'], 'lo4'],
    ['[::1]:8401:80', ['[::1]:8401'], 'lo6'],
    [`${hostLanAddress}:8401:80`, [`${hostLanAddress}:8401`], 'lan4'],
    [`[${hostLanAddress6}]:8401:80`, [`[${hostLanAddress6}]:8401`], 'lan6'],
    [`[${otherLanAddress6}]:8401:80`, [`[${otherLanAddress6}]:8401`], ''],
  ])('-p %s is %j, and answers %s', async (flag, told, answered) => {
    await greeter('bound', '--network', 'both', '-p', flag);
    await ready(host, 'TCP6:[fd69::2]:80', 'bound');
    expect((await docker('port', 'bound', '80')).split('\n').sort()).toEqual(told);
    const callers = {
      lan4: [host.lan, `TCP4:${hostLanAddress}:8401`],
      lan6: [host.lan, `TCP6:[${hostLanAddress6}]:8401`],
      lo4: [host, 'TCP4:127.0.0.1:8401'],
      lo6: [host, 'TCP6:[::1]:8401'],
    } as const;
    const answers = await Promise.all(
      Object.entries(callers).map(async ([who, [from, to]]) => ((await heard(from, to)) ? who : [])),
    );
    expect(answers.flat().join(' ')).toBe(answered);
    await remove('bound');
  });

  it('of all addresses beside one of a single address: each has its number, the same for both families', async () => {
    const flags = ['-p', '81', '-p', '82', '-p', '127.0.0.1::80'];
    await greeter('mixed', '--network', 'four', ...flags);
    const [one, ...rest] = (await docker('port', 'mixed')).split('\n').map((line) => line.split(' -> '));
    expect(one).toEqual(['80/tcp', expect.stringMatching(/^127\.0\.0\.1:\d+$/)]);
    const numbers = rest.map(([port, address]) => `${String(port)} ${String(address?.split(':').at(-1))}`);
    expect(rest).toHaveLength(4);
    expect(new Set(numbers).size).toBe(2);
    await remove('mixed');
  });

  it('is held by one socket for UDP, and by one with as long a queue as the kernel allows for TCP', async () => {
    await greeter('held', '--network', 'four', '-p', '8402:80', '-p', '8402:80/udp');
    const longest = (await host.run('cat /proc/sys/net/core/somaxconn')).stdout.trim();
    const queues = await host.run("ss -Hlnt sport = :8402 | awk '{ print $3 }' | sort -u");
    expect(queues.stdout.trim()).toBe(longest);
    const binding = '127.0.0.1:8402:80/udp';
    expect(
      await refusal('run', '--name', 'refused', '-p', binding, '--network', 'four', 'berth/host', 'true'),
    ).toContain('port is already allocated: container held has 8402/udp');
    await remove('held');
  });

  it('of a range passes over what a program has, and ends with it', async () => {
    await using program = host.start('exec socat TCP-LISTEN:8404,fork STDOUT');
    await host.run('until ss -Hltn | grep -q :8404; do sleep 0.05; done');
    const range = ['--network', 'four', '-p', '8403-8405:80'];
    await greeter('first', ...range);
    await greeter('second', ...range);
    const numbers = await Promise.all(['first', 'second'].map((name) => docker('port', name, '80/tcp')));
    expect(numbers.map((text) => /:(\d+)/.exec(text)?.[1])).toEqual(['8403', '8405']);
    expect(await refusal('run', '--name', 'refused', ...range, 'berth/host', 'true')).toContain(
      'all ports are allocated',
    );
    await program.signal('TERM');
    await remove('first', 'second');
  });
});

it('UDP goes round to the container itself and to its neighbour', async () => {
  await greeter('round', '--network', 'four', '-p', '8406:80/udp');
  await greeter('beside', '--network', 'four');
  await ready(host, 'UDP4:127.0.0.1:8406', 'round');
  for (const name of ['round', 'beside'])
    expect(await heard(await insideOf(name), `UDP4:${hostLanAddress}:8406`)).toContain('round');
  await remove('round', 'beside');
});

it('of a container on an IPv4 and an IPv6 network each family leads to its own', async () => {
  await host.berth('network create --ipv4=false --ipv6 --subnet fd70::/64 six');
  await greeter('split', '--network', 'four', '--network', 'six', '-p', '8407:80');
  await ready(host, 'TCP4:127.0.0.1:8407', 'split');
  expect((await docker('port', 'split')).split('\n').sort()).toEqual([
    '80/tcp -> 0.0.0.0:8407',
    '80/tcp -> [::]:8407',
  ]);
  expect(await heard(host.lan, `TCP4:${hostLanAddress}:8407`)).toMatch(/^split \[.*ffff:0a4d:0002\]$/);
  expect(await heard(host.lan, `TCP6:[${hostLanAddress6}]:8407`)).toContain('split');
  await remove('split');
  await docker('network', 'rm', 'six');
});

it('host_ipv6: what goes out over IPv6 has that address', async () => {
  const options = [`com.docker.network.host_ipv6=${otherLanAddress6}`].flatMap((option) => ['-o', option]);
  await docker('network', 'create', '--ipv6', '--subnet', 'fd71::/64', ...options, 'sourced');
  await greeter('caller', '--network', 'sourced');
  await using server = host.lan.start(
    "exec socat TCP6-LISTEN:7003,fork,reuseaddr SYSTEM:'echo lan $SOCAT_PEERADDR'",
  );
  await ready(host, `TCP6:[${neighbourLanAddress6}]:7003`, 'lan');
  const seen = await heard(await insideOf('caller'), `TCP6:[${neighbourLanAddress6}]:7003`);
  expect(seen).toMatch(/\[fd77:0+:.*:0*9\]$/);
  await server.signal('TERM');
  await remove('caller');
  await docker('network', 'rm', 'sourced');
});

/**
 * With the engine held still, so that nothing is put back: a rule of each kind is taken away, and what it is there for
 * changes.
 */
describe('without a rule for IPv6', () => {
  const other = 'TCP6:[fd72::2]:80';
  const direct = 'TCP6:[fd69::2]:80';
  const bridge = async (network: string) =>
    `br-${(await docker('network', 'inspect', '-f', '{{.Id}}', network)).slice(0, 12)}`;
  const published6 = `TCP6:[${hostLanAddress6}]:8408`;
  const lanServer = `TCP6:[${neighbourLanAddress6}]:7004`;
  let both = '';
  let lanSpeaker: ReturnType<PrivateHost['start']>;

  beforeAll(async () => {
    await docker('network', 'create', '--ipv6', '--subnet', 'fd72::/64', 'apart');
    await greeter('inner', '--network', 'both', '-p', '8408:80');
    await greeter('outer', '--network', 'apart');
    lanSpeaker = host.lan.start(
      "exec socat TCP6-LISTEN:7004,fork,reuseaddr SYSTEM:'echo lan $SOCAT_PEERADDR'",
    );
    both = await bridge('both');
    await ready(host, direct, 'inner');
    await ready(host, other, 'outer');
    await ready(host, lanServer, 'lan');
  });
  afterAll(async () => {
    await lanSpeaker.signal('TERM');
    await remove('inner', 'outer');
    await docker('network', 'rm', 'apart');
  });

  const cases = [
    ['a published port', 'nat', () => /^-A BERTH .*--dport 8408 .*DNAT/, () => host.lan, published6],
    ['a closed address', 'raw', () => new RegExp(`-d fd69::2/128 ! -i ${both} `), () => host.lan, direct],
    ['the way out', 'nat', () => /-s fd69::\/64 ! -o .*MASQUERADE/, () => insideOf('inner'), lanServer],
    [
      'networks apart',
      'filter',
      () => /(BERTH-ISOLATION-STAGE-2|-A BERTH ! -i br-\w+ -o br-\w+ .*-j DROP)/,
      () => insideOf('inner'),
      other,
    ],
    ['the way in', 'filter', () => /-A BERTH -d fd69::2\/128 .*-p tcp/, () => host.lan, published6],
    ['answers', 'filter', () => new RegExp(`-A BERTH-CT -o ${both} `), () => insideOf('inner'), lanServer],
  ] as const;

  it.each(cases)('of %s (%s), it is another thing that is heard', async (_, table, pattern, from, to) => {
    const caller = await from();
    const was = await heard(caller, to);
    const saved = await host.run(`ip6tables-save`);
    const { stdout } = await host.run(`ip6tables-save -t ${table} | grep '^-A'`);
    const rules = stdout.split('\n').filter((line) => pattern().test(line));
    expect(rules.length).toBeGreaterThan(0);
    await signalEngine('STOP');
    try {
      await host.run(rules.map((rule) => `ip6tables -t ${table} ${rule.replace('-A', '-D')}`).join('\n'));
      expect(await heard(caller, to)).not.toBe(was);
    } finally {
      await host.run('ip6tables-restore', { input: saved.stdout });
      await signalEngine('CONT');
    }
    expect(await heard(caller, to)).toBe(was);
  });
});

it('and all of it goes', async () => {
  await docker('network', 'rm', 'four', 'both');
  await signalEngine('TERM');
  await engine.ended;
  await host.expectClean(before);
});
