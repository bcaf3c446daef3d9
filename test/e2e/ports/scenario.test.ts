import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { addressOf, eventually, expectUnreachable, greeting, here, inspect } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);

describe('published ports', () => {
  let host: PrivateHost;
  let before: Snapshot;

  beforeAll(async () => {
    host = await privateHost({ lan: true });
    before = await host.snapshot();
    await host.berth('up -d', { cwd });
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  /** Runs commands of a helper inside a service. */
  const inside = (service: string): Pick<PrivateHost, 'run'> => ({
    run: (command, options) => {
      const argv = typeof command === 'string' ? ['bash', '-c', command] : command;
      return host.berth(['exec', '-T', service, ...argv], { cwd, ...options });
    },
  });
  const bindings = async (service: string, port: string) =>
    (await inspect(host, `ports-${service}-1`)).NetworkSettings.Ports[port] ?? [];

  it('answer another machine, which keeps its own address', async () => {
    expect(await greeting(host.lan, '10.77.0.1:8080')).toBe('web for 10.77.0.2\n');
  });

  it('answer another machine over IPv6, to a container that has only IPv4', async () => {
    expect(await greeting(host.lan, '[fd77::1]:8080')).toMatch(/^web for /);
  });

  it('answer the machine itself at 127.0.0.1, at [::1] and at its address', async () => {
    for (const address of ['127.0.0.1:8080', '[::1]:8080', '10.77.0.1:8080'])
      expect(await greeting(host, address)).toMatch(/^web for /);
  });

  it('answer containers at an address of the machine: a neighbour, a stranger, and the owner itself', async () => {
    for (const service of ['neighbour', 'stranger', 'web'])
      expect(await greeting(inside(service), '10.77.0.1:8080')).toMatch(/^web for /);
  });

  it('bound to 127.0.0.1 answer this machine and no other', async () => {
    expect(await greeting(host, '127.0.0.1:8081')).toMatch(/^web for /);
    await expectUnreachable(host.lan, '10.77.0.1:8081');
  });

  it('bound to one address answer there and not elsewhere', async () => {
    expect(await greeting(host.lan, '10.77.0.1:8082')).toBe('web for 10.77.0.2\n');
    await expectUnreachable(host, '127.0.0.1:8082');
  });

  it('without a number are given a free one', async () => {
    const random = (await bindings('web', '80/tcp')).find(
      ({ HostIp, HostPort }) => HostIp === '10.77.0.1' && HostPort !== '8082',
    );
    expect(Number(random?.HostPort)).toBeGreaterThan(1024);
    expect(await greeting(host.lan, `10.77.0.1:${String(random?.HostPort)}`)).toBe('web for 10.77.0.2\n');
  });

  it('from a range are the first free ones', async () => {
    expect(await greeting(host.lan, '10.77.0.1:9000')).toBe('first\n');
    expect(await greeting(host.lan, '10.77.0.1:9001')).toBe('second\n');
    expect((await bindings('second', '80/tcp'))[0]).toMatchObject({ HostIp: '0.0.0.0', HostPort: '9001' });
  });

  it('of two equal ranges pair up', async () => {
    expect(await greeting(host.lan, '10.77.0.1:9091')).toBe('91\n');
    expect(await greeting(host.lan, '10.77.0.1:9092')).toBe('92\n');
  });

  it('carry UDP', async () => {
    const ask = (from: Pick<PrivateHost, 'run'>, address: string) => async () => {
      const { stdout } = await from.run(`echo time | socat -t1 - UDP:${address}`);
      if (stdout === '') throw new Error(`no datagram back from ${address}`);
      return stdout;
    };
    expect(await eventually(ask(host.lan, '10.77.0.1:5353'))).toBe('udp for 10.77.0.2\n');
    expect(await eventually(ask(host, '127.0.0.1:5353'))).toMatch(/^udp for /);
  });

  it('are the only way in: a container address is closed to the LAN and to other networks', async () => {
    const web = await addressOf(host, 'ports-web-1');
    await expectUnreachable(host.lan, `${web}:80`);
    await expectUnreachable(inside('stranger'), `${web}:80`);
    expect(await greeting(inside('neighbour'), `${web}:80`)).toMatch(/^web for /);
  });

  it('that are taken stop everything before it starts, and the holder is named', async () => {
    await using holder = host.start(['socat', 'TCP-LISTEN:8055,bind=127.0.0.1,fork', 'SYSTEM:echo holder']);
    await eventually(() => host.run('ss -ltn | grep -q 127.0.0.1:8055'));
    const halfway = await host.snapshot();
    const result = await host.berth('-f busy.yaml up -d', { cwd, allowFailure: true });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('[PORT_TAKEN]');
    expect(result.stderr).toMatch(/8055.*socat.*\(pid \d+/);
    expect(result.stderr).toContain('nothing was started');
    expect(result.stderr).not.toContain('✔');
    expect(result.stderr).toMatch(/service web.*busy\.yaml:1[34]:/);
    await host.expectClean(halfway);
    expect(holder.stdout()).toBe('');
  });

  it('of another stack are named with their container', async () => {
    await host.run(`sed 's/127.0.0.1:8055/8080/' ${cwd}/busy.yaml > busy.yaml`);
    const result = await host.berth('-f busy.yaml up -d', { allowFailure: true });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('[PORT_TAKEN]');
    expect(result.stderr).toContain('ports-web-1');
  });

  it('are free again after down', async () => {
    await host.berth('down', { cwd });
    expect((await host.run('ss -Hltun')).stdout).toBe('');
    await host.expectClean(before);
  });
});
