import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  neighbourLanAddress,
  privateHost,
  repository,
  type PrivateHost,
  type Snapshot,
} from '../../helpers/host.ts';
import { eventually, startEngine } from '../../helpers/scenario.ts';

/** Lines that a resolver skips, and one that it has to keep. */
const resolvConf = `# of the machine
nameserver 999.1.1.1
nameserver ${neighbourLanAddress}
domain ignored.test
nosuch directive
search corp.test
options timeout:2 attempts:1
`;
const many = Array.from({ length: 60 }, (_, index) => `192.0.2.${String(index + 1)}`);

/** Asks for ever new names of a server that is silent; tells how many until the first reply, and what it says. */
const UNTIL_REFUSED = `
const socket = require('dgram').createSocket('udp4');
let asked = 0;
socket.once('message', (reply) => {
  console.log(JSON.stringify({ asked, code: reply[3] & 15 }));
  process.exit();
});
const ask = () => {
  for (const end = asked + 4; asked < end; asked += 1) {
    const name = 'n' + String(asked).padStart(5, '0');
    const head = [asked >> 8, asked & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    const question = [...head, 6, ...Buffer.from(name), 4, ...Buffer.from('test'), 0, 0, 1, 0, 1];
    socket.send(Buffer.from(question), 53, '127.0.0.11');
  }
  setTimeout(ask, 2);
};
ask();`;

let host: PrivateHost;
let before: Snapshot;
let env: { DOCKER_HOST: string };

beforeAll(async () => {
  host = await privateHost({ lan: true, resolvConf });
  const program = `${repository}/test/helpers/dns-server.mjs`;
  const upstream = host.lan.start(['node', program, neighbourLanAddress, `many.test=${many.join(',')}`]);
  await upstream.saw('ready');
  before = await host.snapshot();
  env = await startEngine(host);
  await docker('network', 'create', 'lane');
  await sleeper('asker', '--network', 'lane');
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const docker = async (...args: string[]) => (await host.run(['docker', ...args], { env })).stdout.trim();
const sleeper = (name: string, ...flags: string[]) =>
  docker('run', '-d', '--name', name, '--stop-signal', 'KILL', ...flags, 'berth/host', 'sleep', '10000');
const inside = (name: string, ...command: string[]) => docker('exec', name, ...command);
const dig = (...question: string[]) => inside('asker', 'dig', '+tries=1', '+time=5', ...question);
const addressOf = (name: string) =>
  docker('inspect', '-f', '{{.NetworkSettings.Networks.lane.IPAddress}}', name);
const remove = (...names: string[]) => docker('rm', '-f', ...names);

describe('resolv.conf', () => {
  it('of a network with names has the resolver alone, and of the machine what resolvers understand', async () => {
    const lines = (await inside('asker', 'cat', '/etc/resolv.conf')).split('\n');
    expect(lines.filter((line) => line.startsWith('nameserver'))).toEqual(['nameserver 127.0.0.11']);
    expect(lines).toEqual(
      expect.arrayContaining(['search corp.test', 'options timeout:2 attempts:1 ndots:0']),
    );
  });

  it('of the default bridge has the servers of the machine that are addresses', async () => {
    await sleeper('plain');
    const text = await inside('plain', 'cat', '/etc/resolv.conf');
    expect(text.match(/^nameserver .*/gm)).toEqual([`nameserver ${neighbourLanAddress}`]);
    expect(text).toContain('search corp.test\n');
    await remove('plain');
  });
});

describe('names that containers share', () => {
  it('keep the case of the question, have no other types, and go with the last of them', async () => {
    await sleeper('one', '--network', 'lane', '--network-alias', 'both');
    await sleeper('two', '--network', 'lane', '--network-alias', 'both');
    const [one, two] = [await addressOf('one'), await addressOf('two')];
    expect((await dig('+short', 'both')).split('\n').sort()).toEqual([one, two].sort());
    expect(await dig('BOTH')).toMatch(/^BOTH\.\s+\d\s+IN\s+A\s/m);
    const other = await dig('both', 'MX');
    expect(other).toContain('status: NOERROR');
    expect(other).toContain('ANSWER: 0');
    expect(await dig('+short', '-x', one)).toBe('one.lane.');

    await remove('one');
    expect(await dig('+short', 'both')).toBe(two);
    expect(await dig('-x', one)).not.toContain('one.lane.');
    await remove('two');
    await eventually(async () => expect(await dig('both')).toContain('status: NXDOMAIN'));
  });
});

describe('the resolver', () => {
  it('lets a long answer of another server through whole', async () => {
    const answers = (await dig('+bufsize=1232', '+ignore', '+short', 'many.test')).split('\n');
    expect(answers.sort()).toEqual([...many].sort());
  });

  it('asks for 1,024 at the same time, and says no to more', async () => {
    const sink = 'exec socat -u UDP-RECVFROM:53,fork /dev/null';
    await docker('run', '-d', '--name', 'sink', '--network', 'lane', 'berth/host', 'bash', '-c', sink);
    await sleeper('eager', '--network', 'lane', '--dns', await addressOf('sink'));
    const { asked, code } = JSON.parse(await inside('eager', 'node', '-e', UNTIL_REFUSED)) as {
      asked: number;
      code: number;
    };
    expect(code).toBe(5);
    expect(asked).toBeGreaterThan(1024);
    await remove('sink', 'eager');
  });

  it('goes on after what is no question', async () => {
    await inside(
      'asker',
      'bash',
      '-c',
      'for n in 1 2 3; do head -c 40 /dev/urandom >/dev/udp/127.0.0.11/53; done',
    );
    await inside(
      'asker',
      'bash',
      '-c',
      'exec 3<>/dev/tcp/127.0.0.11/53; printf "\\0\\5junk!" >&3; timeout 2 cat <&3 || true',
    );
    expect(await dig('+short', '-x', '1.2.3')).toBe('');
    expect(await dig('+short', 'asker')).toBe(await addressOf('asker'));
  });
});

describe('/etc/hosts', () => {
  it('loses the lines of a network that is left, and of no name that begins alike', async () => {
    const extra = ['--add-host', 'guest1:192.0.2.1', '--add-host', 'guestbook:192.0.2.2'];
    await sleeper('guest', '--network', 'lane', '--hostname', 'guest', ...extra);
    const address = await addressOf('guest');
    expect(await inside('guest', 'cat', '/etc/hosts')).toContain(`${address}\tguest`);
    await docker('network', 'disconnect', 'lane', 'guest');
    const lines = (await inside('guest', 'cat', '/etc/hosts')).split('\n');
    expect(lines).toEqual(expect.arrayContaining(['192.0.2.1\tguest1', '192.0.2.2\tguestbook']));
    expect(lines.join('\n')).not.toContain(address);
    await remove('guest');
  });

  it('knows no IPv6 where the container has none', async () => {
    const flags = ['--network', 'lane', '--sysctl', 'net.ipv6.conf.all.disable_ipv6=1'];
    await sleeper('four', ...flags);
    expect(await inside('four', 'cat', '/etc/hosts')).not.toContain('::');
    expect(await inside('asker', 'cat', '/etc/hosts')).toContain('::1');
    await remove('four');
  });
});

it('all of it goes', async () => {
  await remove('asker');
  await docker('network', 'rm', 'lane');
  await host.berth('engine stop');
  await host.expectClean(before);
});
