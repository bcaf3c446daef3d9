import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { eventually, greeting, here } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);
let host: PrivateHost;
let before: Snapshot;
let env: { DOCKER_HOST: string };

beforeAll(async () => {
  host = await privateHost({ lan: true });
  before = await host.snapshot();
  await host.berth('up -d', { cwd });
  env = { DOCKER_HOST: (await host.berth('engine socket')).stdout.trim() };
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const docker = (...args: string[]) => host.run(['docker', ...args], { env, allowFailure: true });
const run = (name: string, ...args: string[]) =>
  docker('run', '-d', '--name', name, '--stop-signal', 'KILL', ...args, 'berth/host', 'sleep', '1000');
const ports = async (name: string) => (await docker('port', name)).stdout.trim().split('\n');

describe('docker run', () => {
  it('-P publishes every exposed port, each at a free one', async () => {
    await run('all', '-P', '--expose', '90/tcp', '--expose', '53/udp', '--expose', '91-92');
    const list = await ports('all');
    expect(list.map((line) => line.replace(/\d+$/, 'N'))).toEqual(
      ['53/udp', '90/tcp', '91/tcp', '92/tcp'].flatMap((port) => [
        `${port} -> 0.0.0.0:N`,
        `${port} -> [::]:N`,
      ]),
    );
    expect(new Set(list.map((line) => /\d+$/.exec(line)?.[0])).size).toBe(4);
  });

  it.each([
    ['80', /^80\/tcp -> 0\.0\.0\.0:\d+\n80\/tcp -> \[::\]:\d+$/],
    ['8201:80', '80/tcp -> 0.0.0.0:8201\n80/tcp -> [::]:8201'],
    ['127.0.0.1:8202:80', '80/tcp -> 127.0.0.1:8202'],
    ['127.0.0.1::80', /^80\/tcp -> 127\.0\.0\.1:\d{4,5}$/],
    ['[::1]:8203:80', '80/tcp -> [::1]:8203'],
    ['0.0.0.0:8204:80', '80/tcp -> 0.0.0.0:8204'],
    ['[::]:8205:80', '80/tcp -> [::]:8205'],
    ['8206:53/udp', '53/udp -> 0.0.0.0:8206\n53/udp -> [::]:8206'],
    ['127.0.0.1:9100-9109:80', '80/tcp -> 127.0.0.1:9103'],
    ['127.0.0.1:8207-8208:80-81', '80/tcp -> 127.0.0.1:8207\n81/tcp -> 127.0.0.1:8208'],
    ['8209:90/sctp', '90/sctp -> 0.0.0.0:8209'],
  ])('-p %s', async (spec, expected) => {
    const started = await run('one', '-p', spec);
    expect(started.stderr).toBe('');
    expect((await ports('one')).join('\n')).toEqual(
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    );
    await docker('rm', '-f', 'one');
  });

  it('-p of SCTP is translated like the others', async () => {
    await run('stream', '-p', '8210:90/sctp');
    const rules = (await host.run('iptables-save')).stdout;
    expect(rules).toMatch(
      /-A BERTH -p sctp -m sctp --dport 8210 .*-j DNAT --to-destination 172\.17\.0\.\d+:90/,
    );
    expect(rules).toMatch(
      /-A BERTH -d 172\.17\.0\.\d+\/32 ! -i berth0 -o berth0 -p sctp .*--dport 90 .*-j ACCEPT/,
    );
    await docker('rm', '-f', 'stream');
  });

  it('refuses what is taken, and addresses that are not here', async () => {
    const taken = await run('late', '-p', '8101:80');
    expect(taken.stderr).toContain('Bind for 0.0.0.0:8101 failed: port is already allocated');
    expect(taken.stderr).toContain('published-mixed-1');
    await docker('rm', 'late');
    const foreign = await run('late', '-p', '9.9.9.9:80:80');
    expect(foreign.stderr).toContain(
      'failed to bind host port 9.9.9.9:80/tcp: cannot assign requested address',
    );
    await docker('rm', 'late');
  });

  it('warns of ports that lead nowhere: in host mode, and on internal networks, where nothing listens', async () => {
    expect((await run('bare', '--network', 'host', '-p', '8211:80')).stderr).toContain('ports are discarded');
    await docker('network', 'create', '--internal', 'vault');
    const shut = await run('shut', '--network', 'vault', '-p', '8211:80');
    expect(shut.stderr).toContain('the ports of shut are not published: its networks are internal');
    expect((await host.run('ss -Hltn')).stdout).not.toContain(':8211');
    await docker('rm', '-f', 'bare', 'shut');
    await docker('network', 'rm', 'vault');
  });
});

describe('a stack', () => {
  it('gives each replica of a service a number of its range', async () => {
    for (const port of [9100, 9101, 9102])
      expect(await greeting(host.lan, `10.77.0.1:${port}`)).toBe('many\n');
    const more = await host.berth('up -d --scale many=4', { cwd, allowFailure: true });
    expect(more.stderr).toContain('PORT_RANGE_EXHAUSTED');
  });

  it('is listed with who reaches each port', async () => {
    const { stdout } = await host.berth('ps', { cwd });
    const row = stdout.split('\n').find((line) => line.startsWith('published-mixed-1')) ?? '';
    expect(row).toContain('0.0.0.0:7001-7003->7001-7003/tcp');
    expect(row).toContain('LAN 8101+7001+7002+7003, this machine 8102, 10.77.0.1 8103');
  });
});

describe('UDP flows', () => {
  const flows = async () => (await host.run('conntrack -L -p udp')).stdout;
  const send = (from: Pick<PrivateHost, 'run'>, to: string, port: number) =>
    from.run(`echo x | socat -t1 - UDP:${to},sourceport=${port},reuseaddr`, { allowFailure: true });
  const echo = ['berth/host', 'socat', 'UDP-RECVFROM:53,fork', 'SYSTEM:echo $SOCAT_PEERADDR'];

  it('that lead to a container are forgotten with it, and no others', async () => {
    await docker('run', '-d', '--name', 'clock', '--stop-signal', 'KILL', '-p', '8220:53/udp', ...echo);
    await eventually(async () =>
      expect((await send(host.lan, '10.77.0.1:8220', 4001)).stdout).toBe('10.77.0.2\n'),
    );
    await send(host, '10.77.0.2:8220', 4002);
    expect(await flows()).toMatch(/src=10\.77\.0\.2 dst=10\.77\.0\.1 sport=4001 dport=8220/);
    await docker('stop', 'clock');
    const left = await flows();
    expect(left).not.toContain('sport=4001');
    expect(left).toContain('sport=4002 dport=8220');
  });

  it('that began while the container was away lead to it once it is back', async () => {
    await send(host.lan, '10.77.0.1:8220', 4003);
    await docker('start', 'clock');
    await eventually(async () =>
      expect((await send(host.lan, '10.77.0.1:8220', 4003)).stdout).toBe('10.77.0.2\n'),
    );
    expect(await flows()).toContain('sport=4002 dport=8220');
    await docker('rm', '-f', 'clock');
  });
});

it('and all of it goes', async () => {
  await docker('rm', '-f', 'all');
  await host.berth('down', { cwd });
  await host.expectClean(before);
});
