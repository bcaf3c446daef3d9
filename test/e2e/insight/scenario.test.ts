import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { dockerOf, inspect, startEngine } from '../../helpers/scenario.ts';

describe('asking and changing a running container', () => {
  let host: PrivateHost;
  let env: { DOCKER_HOST: string };

  beforeAll(async () => {
    host = await privateHost();
    env = await startEngine(host);
    await docker('network', 'create', 'plain');
    const script = 'sleep 600 & exec -a worker sleep 601';
    await docker('run', '-d', '--name', 'busy', '--network', 'plain', 'berth/host', 'bash', '-c', script);
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  const docker = async (...args: string[]) => (await host.run(['docker', ...args], { env })).stdout;

  it('docker top lists its processes and no others', async () => {
    const lines = (await docker('top', 'busy')).trim().split('\n');
    expect(lines[0]).toMatch(/^UID +PID +PPID .* CMD$/);
    expect(lines.slice(1).map((line) => line.split(/\s+\d\d:\d\d:\d\d\s+/)[1])).toEqual(
      expect.arrayContaining(['worker 601', 'sleep 600']),
    );
    expect(lines).toHaveLength(3);
    expect(await docker('top', 'busy', '-o', 'pid,comm')).toMatch(/^PID +COMMAND\n\d+ +sleep\n\d+ +sleep\n$/);
    const wrong = await host.run(['docker', 'top', 'busy', '-o', 'comm'], { env, allowFailure: true });
    expect(wrong.stderr).toContain("Couldn't find PID field");
  });

  it('docker stats shows memory, processes and traffic', async () => {
    const format = '{{.Name}} {{.MemUsage}} {{.PIDs}} {{.NetIO}} {{.CPUPerc}}';
    const line = await docker('stats', '--no-stream', '--format', format, 'busy');
    expect(line).toMatch(/^busy [\d.]+[KM]iB \/ [\d.]+GiB 2 [\d.]+k?B \/ [\d.]+k?B \d+\.\d\d%\n$/);
  });

  it('dockerode gets a sample with its predecessor, or one at once', async () => {
    const container = dockerOf(host).getContainer('busy');
    const two = await container.stats({ stream: false });
    expect(two.cpu_stats.system_cpu_usage).toBeGreaterThan(two.precpu_stats.system_cpu_usage);
    expect(two).toMatchObject({ name: '/busy', pids_stats: { current: 2 } });
    expect(Object.keys(two.networks)).toEqual(['eth0']);
    const one = await container.stats({ stream: false, 'one-shot': true });
    expect(one.precpu_stats.cpu_usage.total_usage).toBe(0);
  });

  it('docker update changes limits in the kernel and the restart policy', async () => {
    await docker('update', '--pids-limit', '40', '--restart', 'unless-stopped', 'busy');
    const { HostConfig } = await inspect(host, 'busy');
    expect(HostConfig).toMatchObject({ PidsLimit: 40, RestartPolicy: { Name: 'unless-stopped' } });
    expect(await dockerOf(host).getContainer('busy').stats({ stream: false })).toMatchObject({
      pids_stats: { limit: 40 },
    });
    await docker('update', '--memory', '64m', '--memory-swap', '128m', '--cpu-shares', '512', 'busy');
    const stats = await dockerOf(host).getContainer('busy').stats({ stream: false });
    expect(stats.memory_stats.limit).toBe(64 << 20);
  });

  it('docker rename gives a new name, in the resolver too', async () => {
    await docker('rename', 'busy', 'calm');
    const lookup = await docker('run', '--rm', '--network', 'plain', 'berth/host', 'getent', 'hosts', 'calm');
    expect(lookup).toMatch(/^\d+\.\d+\.\d+\.\d+ +calm\n$/);
    await docker('rename', 'calm', 'busy');
  });

  it('docker container prune removes the stopped ones', async () => {
    await docker('run', '--name', 'done', 'berth/host', 'true');
    expect(await docker('container', 'prune', '-f')).toMatch(/^Deleted Containers:\n[0-9a-f]{64}\n/);
    expect(await docker('ps', '-a', '--format', '{{.Names}}')).toBe('busy\n');
  });
});
