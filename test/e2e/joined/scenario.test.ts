import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { eventually, greeting, here, inspect } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);
let host: PrivateHost;
let before: Snapshot;
let env: { DOCKER_HOST: string };

beforeAll(async () => {
  host = await privateHost({ lan: true, resolvConf: 'nameserver 10.77.0.1\n' });
  before = await host.snapshot();
  await host.berth('up -d', { cwd });
  env = { DOCKER_HOST: (await host.berth('engine socket')).stdout.trim() };
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const docker = (...args: string[]) => host.run(['docker', ...args], { env, allowFailure: true });
const idle = ['--stop-signal', 'KILL', 'berth/host', 'sleep', '1000'];

describe('a service in the network of another', () => {
  /** From the LAN, from itself to the other, and by name. */
  const works = async (): Promise<void> => {
    expect(await greeting(host.lan, '10.77.0.1:8501')).toBe('app for 10.77.0.2\n');
    const inside = (service: string): Pick<PrivateHost, 'run'> => ({
      run: (command) =>
        host.berth(['exec', '-T', service, ...(typeof command === 'string' ? [command] : command)], { cwd }),
    });
    expect(await greeting(inside('app'), '127.0.0.1:81')).toMatch(/^vpn /);
    expect(await greeting(inside('peer'), 'vpn:80')).toMatch(/^app for /);
    expect((await inside('app').run(['getent', 'hosts', 'peer'])).stdout).toContain('peer');
  };
  const started = async () => (await inspect(host, 'joined-vpn-1')).State.StartedAt;

  it('is reached at the ports of the other', works);

  it('goes on when the other is restarted', async () => {
    await host.berth('restart vpn', { cwd });
    await works();
  });

  it('goes on when the other is killed and its restart policy has it back', async () => {
    const was = await started();
    const { State } = await inspect(host, 'joined-vpn-1');
    await host.run(`kill -KILL ${String(State.Pid)}`);
    await eventually(async () => expect(await started()).not.toBe(was));
    await works();
  });

  it('goes on when the other is made anew', async () => {
    const { Id } = await inspect(host, 'joined-vpn-1');
    await host.berth('up -d', { cwd, env: { GENERATION: '2' } });
    expect((await inspect(host, 'joined-vpn-1')).Id).not.toBe(Id);
    await works();
  });

  it('goes on with another engine', async () => {
    await host.berth('engine stop', { cwd });
    await host.berth('ps', { cwd });
    await works();
  });
});

describe('links on the default bridge', () => {
  it('stand in /etc/hosts, and no name is answered besides', async () => {
    await docker('run', '-d', '--name', 'db1', ...idle);
    await docker('run', '-d', '--name', 'web1', '--link', 'db1:database', ...idle);
    const hosts = (await docker('exec', 'web1', 'cat', '/etc/hosts')).stdout;
    expect(hosts).toMatch(/^172\.17\.0\.2\s.*\bdatabase\b/m);
    expect(hosts).toMatch(/^172\.17\.0\.2\s.*\bdb1\b/m);
    expect((await docker('exec', 'web1', 'getent', 'hosts', 'database')).stdout).toContain('172.17.0.2');
    expect((await docker('exec', 'db1', 'getent', 'hosts', 'web1')).code).not.toBe(0);
  });

  it('there is no resolver: the servers are those of the host', async () => {
    const { stdout } = await docker('exec', 'web1', 'cat', '/etc/resolv.conf');
    expect(stdout).toContain('nameserver 10.77.0.1');
    expect(stdout).not.toContain('127.0.0.11');
  });

  it('follow a container of that name to its new address', async () => {
    await docker('rm', '-f', 'db1');
    await docker('run', '-d', '--name', 'taker', ...idle);
    await docker('run', '-d', '--name', 'db1', ...idle);
    await docker('restart', '-t', '0', 'web1');
    expect((await docker('exec', 'web1', 'getent', 'hosts', 'database')).stdout).toContain('172.17.0.4');
  });

  it('to what does not run are refused', async () => {
    await docker('stop', 'db1');
    const refused = await docker('run', '-d', '--name', 'late', '--link', 'db1:database', ...idle);
    expect(refused.stderr).toContain('Cannot link to a non running container: /db1 AS /late/database');
    await docker('rm', '-f', 'late', 'web1', 'taker', 'db1');
  });
});

describe('a subnet that overlaps', () => {
  const create = (subnet: string) =>
    host.berth(`network create --subnet ${subnet} other`, { allowFailure: true });

  it('names the network or the route that it clashes with', async () => {
    const { IPAM } = JSON.parse(
      (await docker('network', 'inspect', '-f', '{{json .}}', 'joined_out')).stdout,
    ) as {
      IPAM: { Config: { Subnet: string }[] };
    };
    const subnet = IPAM.Config[0]?.Subnet ?? '';
    expect((await create(subnet)).stderr).toContain(`overlaps with network joined_out (${subnet})`);
    await host.run('ip route add 10.123.4.0/24 dev lan0 table 77');
    expect((await create('10.123.0.0/16')).stderr).toContain(
      'overlaps with route on lan0 (table 77) (10.123.4.0/24)',
    );
    await host.run('ip route del 10.123.4.0/24 dev lan0 table 77');
  });
});

it('and all of it goes', async () => {
  await host.berth('down', { cwd });
  await host.expectClean(before);
});
