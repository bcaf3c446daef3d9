import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { addressOf, dockerOf, eventually, here, inspect } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);

describe('with the socket as DOCKER_HOST', () => {
  let host: PrivateHost;
  let env: { DOCKER_HOST: string };

  beforeAll(async () => {
    host = await privateHost();
    await host.berth('up -d', { cwd });
    env = { DOCKER_HOST: (await host.berth('engine socket')).stdout.trim() };
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  const docker = async (...args: string[]) => (await host.run(['docker', ...args], { env })).stdout;

  it('engine socket prints a URL', () => {
    expect(env.DOCKER_HOST).toBe('unix:///run/berth/docker.sock');
  });

  it('docker version and docker info name the engine', async () => {
    expect(await docker('version')).toMatch(/Server:[\s\S]*API version/);
    expect(await docker('info', '--format', '{{.ContainersRunning}} {{.Driver}}')).toMatch(/^1 \S+/);
  });

  it('docker ps shows the container, its health and its ports', async () => {
    await eventually(async () => expect(await docker('ps')).toContain('(healthy)'));
    const lines = (await docker('ps')).trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(
      /^[0-9a-f]{12} +berth\/host +.*Up .*0\.0\.0\.0:8080->80\/tcp, \[?::\]?:8080->80\/tcp +seen-web-1$/,
    );
    expect(await docker('ps', '-q', '--filter', 'label=com.docker.compose.service=nobody')).toBe('');
  });

  it('docker inspect gives state, environment, address and namespace', async () => {
    const [web] = JSON.parse(await docker('inspect', 'seen-web-1')) as [Record<string, never>];
    expect(web).toMatchObject({
      Name: '/seen-web-1',
      State: { Status: 'running', Running: true },
      Config: { Image: 'berth/host', Env: expect.arrayContaining(['COLOUR=blue']) as string[] },
      NetworkSettings: {
        SandboxKey: expect.stringContaining('/run/berth/netns/') as string,
        Networks: { seen_front: { IPAddress: await addressOf(host, 'seen-web-1') } },
      },
    });
  });

  it('docker logs keeps the two streams apart', async () => {
    const logs = await host.run(['docker', 'logs', 'seen-web-1'], { env });
    expect(logs).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
    expect(await docker('logs', '--tail', '0', 'seen-web-1')).toBe('');
  });

  it('docker network ls and inspect show the network and who is on it', async () => {
    expect(await docker('network', 'ls', '--format', '{{.Name}} {{.Driver}}')).toBe(
      'bridge bridge\nhost host\nnone null\nseen_front bridge\n',
    );
    const [network] = JSON.parse(await docker('network', 'inspect', 'seen_front')) as [
      { Containers: object },
    ];
    expect(Object.values(network.Containers)).toMatchObject([{ Name: 'seen-web-1' }]);
  });

  it('docker exec passes input, output and the exit code', async () => {
    const argv = [
      'docker',
      'exec',
      '-i',
      '-e',
      'X=1',
      'seen-web-1',
      'bash',
      '-c',
      'cat; echo $X $COLOUR >&2; exit 5',
    ];
    const result = await host.run(argv, { env, input: 'through\n', allowFailure: true });
    expect(result).toEqual({ stdout: 'through\n', stderr: '1 blue\n', code: 5 });
  });

  it('docker exec -t gives a terminal', async () => {
    const command = 'docker exec -t seen-web-1 bash -c "test -t 0 && tty"';
    const { stdout } = await host.run(['script', '-qec', command, '/dev/null'], { env });
    expect(stdout.trim()).toMatch(/^\/dev\/pts\/\d+$/);
  });

  it('docker run, stop and rm make a container of their own and take it away', async () => {
    const id = (
      await docker('run', '-d', '--name', 'own', '--network', 'seen_front', 'berth/host', 'sleep', '60')
    ).trim();
    expect((await inspect(host, 'own')).Id).toBe(id);
    expect(await docker('stop', '-t', '0', 'own')).toBe('own\n');
    expect((await inspect(host, 'own')).State).toMatchObject({ Status: 'exited', ExitCode: 137 });
    expect(await docker('rm', 'own')).toBe('own\n');
    expect(await docker('ps', '-aq', '--filter', 'name=own')).toBe('');
  });

  it('mistakes come back in the words of Docker', async () => {
    const failing = async (...args: string[]) => host.run(['docker', ...args], { env, allowFailure: true });
    expect((await failing('inspect', 'nobody')).stderr).toMatch(/no such object: nobody/i);
    expect((await failing('network', 'rm', 'seen_front')).stderr).toContain('has active endpoints');
    expect((await failing('network', 'rm', 'bridge')).stderr).toContain(
      'pre-defined network and cannot be removed',
    );
    expect((await failing('logs', 'nobody')).stderr).toContain('No such container: nobody');
  });

  it('dockerode lists, inspects and follows events', async () => {
    const client = dockerOf(host);
    const [listed] = await client.listContainers({ filters: { label: ['com.docker.compose.project=seen'] } });
    expect(listed).toMatchObject({ Names: ['/seen-web-1'], State: 'running' });
    const events = (await client.getEvents({ filters: { type: ['container'] } })) as NodeJS.ReadableStream & {
      destroy(): void;
    };
    const died = new Promise<string>((resolve) =>
      events.on('data', (data: Buffer) => {
        if (data.includes('"die"')) resolve(data.toString());
      }),
    );
    await client.getContainer('seen-web-1').restart({ t: 0 });
    expect(await died).toContain('seen-web-1');
    events.destroy();
  });
});
