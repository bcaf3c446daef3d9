import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { privateHost } from '../../helpers/host.ts';
import type { PrivateHost } from '../../helpers/host.ts';
import type { PortRequest } from '../../../src/model/network.ts';
import { startRig } from './rig.ts';
import type { Rig } from './rig.ts';

describe('published ports as the kernel sees them', () => {
  let host: PrivateHost;
  let rig: Rig;

  beforeAll(async () => {
    host = await privateHost();
    await host.run(`
      ip netns add c1
      ip link add v0 type veth peer name eth0 netns c1
      ip link set v0 up && ip address add 10.9.0.1/24 dev v0
      ip -n c1 link set lo up && ip -n c1 link set eth0 up && ip -n c1 address add 10.9.0.2/24 dev eth0`);
  });
  beforeEach(async () => {
    rig = await startRig(host);
  });
  afterEach(() => rig[Symbol.asyncDispose]());
  afterAll(() => host[Symbol.asyncDispose]());

  const request = (rest: Partial<PortRequest> = {}): PortRequest => {
    const { hostPort = 0 } = rest;
    return { containerPort: 80, protocol: 'tcp', hostIp: '', hostPort, hostPortEnd: hostPort, ...rest };
  };
  const listeners = async () => (await host.run('ss -Hlntu')).stdout;

  it('every address is 0.0.0.0 and [::], held by one listening socket each', async () => {
    await rig.call('reserve', { container: 'a', requests: [request({ hostPort: 8080 })] });
    expect(await listeners()).toMatch(/0\.0\.0\.0:8080/);
    expect(await listeners()).toMatch(/\[::\]:8080/);
    await rig.call('release', 'a');
    expect(await listeners()).toBe('');
  });

  it('a kernel without IPv6 addresses gets the port all the same', async () => {
    await host.run('sysctl -qw net.ipv6.conf.all.disable_ipv6=1');
    await rig.call('reserve', { container: 'a', requests: [request({ hostPort: 8080 })] });
    await host.run('sysctl -qw net.ipv6.conf.all.disable_ipv6=0 && ip link set lo down && ip link set lo up');
    expect(await listeners()).toMatch(/0\.0\.0\.0:8080/);
  });

  it('random ports come from the kernel’s range, less what the administrator keeps', async () => {
    await host.run(
      'sysctl -qw net.ipv4.ip_local_port_range="40000 40004" net.ipv4.ip_local_reserved_ports=40001',
    );
    const ports = await rig.call('reserve', {
      container: 'a',
      requests: Array.from({ length: 4 }, () => request({ hostIp: '127.0.0.1' })),
    });
    const error = await rig.refused('reserve', { container: 'b', requests: [request()] });
    await host.run(
      'sysctl -qw net.ipv4.ip_local_port_range="32768 60999" net.ipv4.ip_local_reserved_ports=""',
    );
    expect(ports.map(({ hostPort }) => hostPort)).toEqual([40_000, 40_002, 40_003, 40_004]);
    expect(error).toMatchObject({ code: 'PORT_RANGE_EXHAUSTED' });
  });

  it('a conflict names the program, its pid and its folder', async () => {
    const other = host.start('exec socat TCP-LISTEN:8080,fork -', { cwd: '/srv' });
    await expect.poll(listeners).toMatch(/:8080/);
    const pid = (await host.run('pgrep -x socat')).stdout.trim();
    const error = await rig.refused('reserve', { container: 'a', requests: [request({ hostPort: 8080 })] });
    await other[Symbol.asyncDispose]();
    expect(error.code).toBe('PORT_TAKEN');
    expect(error.message).toBe(
      `Bind for 0.0.0.0:8080 failed: port is already allocated: socat TCP-LISTEN:8080,fork - (pid ${pid}, in /srv) has 8080/tcp`,
    );
    expect(error.hint).toContain('Free one nearby: 8081');
  });

  it('[::1] reaches a container that has IPv4 only', async () => {
    const echo = host.start('exec ip netns exec c1 socat TCP-LISTEN:80,fork,reuseaddr EXEC:cat');
    await rig.call('reserve', { container: 'a', requests: [request({ hostPort: 8080 })] });
    const early = host.run('echo early | socat -t 5 - TCP6:[::1]:8080');
    await rig.call('forward', { container: 'a', address: '10.9.0.2' });
    expect((await early).stdout).toBe('early\n');
    const { stdout } = await host.run('echo late | socat -t 5 - TCP6:[::1]:8080');
    expect(stdout).toBe('late\n');
    await echo[Symbol.asyncDispose]();
  });

  it('so do datagrams, each client with its own answers', async () => {
    const script = `const s = require('node:dgram').createSocket('udp4'); s.bind(80);
      s.on('message', (data, from) => s.send(data, from.port, from.address));`;
    const echo = host.start(['ip', 'netns', 'exec', 'c1', 'node', '-e', script]);
    const requests = [request({ hostPort: 8080, protocol: 'udp' })];
    await rig.call('reserve', { container: 'a', requests });
    await rig.call('forward', { container: 'a', address: '10.9.0.2' });
    await expect.poll(async () => (await host.run('ip netns exec c1 ss -Hlnu')).stdout).toContain(':80');
    const ask = (text: string) => host.run(`echo ${text} | socat -t 1 - UDP6:[::1]:8080`);
    const answers = await Promise.all(['one', 'two', 'three'].map(ask));
    expect(answers.map(({ stdout }) => stdout)).toEqual(['one\n', 'two\n', 'three\n']);
    await echo[Symbol.asyncDispose]();
  });

  it('are taken again by an engine that was killed and came back', async () => {
    const ports = await rig.call('reserve', {
      container: 'a',
      requests: [request(), request({ protocol: 'udp' })],
    });
    await rig[Symbol.asyncDispose]();
    rig = await startRig(host);
    expect(await rig.call('adopt', { container: 'a', ports: [...ports] })).toEqual([]);
    for (const { hostPort } of ports) expect(await listeners()).toContain(`:${hostPort}`);
  });
});
