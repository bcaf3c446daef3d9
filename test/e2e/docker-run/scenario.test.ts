import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { eventually, startEngine } from '../../helpers/scenario.ts';

describe('docker run, by the rules that its users know', () => {
  let host: PrivateHost;
  let env: { DOCKER_HOST: string };

  beforeAll(async () => {
    host = await privateHost();
    env = await startEngine(host);
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  const docker = async (...args: string[]) => (await host.run(['docker', ...args], { env })).stdout;
  const failing = async (...args: string[]) =>
    (await host.run(['docker', ...args], { env, allowFailure: true })).stderr;

  it('many that start at once find the default bridge, whoever makes it', async () => {
    const names = ['one', 'two', 'three', 'four'];
    await Promise.all(names.map((name) => docker('run', '-d', '--name', name, 'berth/host', 'sleep', '600')));
    const { stdout } = await host.run('ip -o link show master berth0 | wc -l');
    expect(stdout.trim()).toBe('4');
    await docker('rm', '-f', ...names);
  });

  it('a bare name takes away what every process has; an empty HOME is that of the user', async () => {
    const text = await docker('run', '--rm', '-e', 'HOSTNAME', '-e', 'HOME=', 'berth/host', 'env');
    expect(text).not.toContain('HOSTNAME');
    expect(text).toContain('HOME=/root');
  });

  it('the generated files are there in a volume at /etc', async () => {
    const text = await docker(
      'run',
      '--rm',
      '-v',
      '/etc',
      '--hostname',
      'here',
      'berth/host',
      'cat',
      '/etc/hostname',
    );
    expect(text).toBe('here\n');
  });

  it('nobody joins a namespace that he has yet to make', async () => {
    expect(
      await failing('run', '--name', 'self', '--network', 'container:self', 'berth/host', 'true'),
    ).toContain('cannot join own network');
  });

  it('whoever waits for a container hears of its end, also when a policy starts it again', async () => {
    const script = 'while [ ! -e /go ]; do sleep 0.05; done; rm /go; exit 3';
    await docker('run', '-d', '--restart=always', '--name', 'again', 'berth/host', 'sh', '-c', script);
    const waited = docker('wait', 'again');
    await docker('exec', 'again', 'touch', '/go');
    expect(await waited).toBe('3\n');
    await eventually(async () =>
      expect(await docker('inspect', '-f', '{{.RestartCount}} {{.State.Running}}', 'again')).toBe('1 true\n'),
    );
    await docker('rm', '-f', 'again');
  });

  it('published ports answer at the gateway of the default bridge to whoever looked it up', async () => {
    const format = '{{(index .IPAM.Config 0).Gateway}}';
    const gateway = (await docker('network', 'inspect', 'bridge', '-f', format)).trim();
    await docker('network', 'create', 'own');
    const server = 'while :; do echo hello | socat -u - TCP-LISTEN:80,reuseaddr; done';
    await docker(
      'run',
      '-d',
      '--name',
      'web',
      '--network',
      'own',
      '-p',
      '8085:80',
      'berth/host',
      'sh',
      '-c',
      server,
    );
    await eventually(async () =>
      expect((await host.run(`socat -u TCP:${gateway}:8085 -`)).stdout).toBe('hello\n'),
    );
    await docker('rm', '-f', 'web');
    await docker('network', 'rm', 'own');
    await eventually(async () =>
      expect((await host.run('ip -o link show type bridge')).stdout).not.toContain('berth0'),
    );
  });

  it('a link, a volume of another and a platform must be there when the container is made', async () => {
    expect(await failing('create', '--link', 'nobody:x', 'berth/host')).toContain(
      'could not get container for nobody',
    );
    expect(await failing('create', '--volumes-from', 'nobody', 'berth/host')).toContain(
      'No such container: nobody',
    );
    expect(await failing('create', '--pull=never', '--platform=linux/riscv64', 'berth/host')).toContain(
      'does not match the specified platform',
    );
  });

  it('a log that is full is kept beside the next one, as often as max-file says, and read with it', async () => {
    const until = (name: string) => `while [ ! -e /${name} ]; do sleep 0.05; done`;
    const script = `${until('one')}; seq 60; ${until('two')}; seq 61 120; sleep 600`;
    const options = ['--log-opt', 'max-size=2k', '--log-opt', 'max-file=3'];
    const id = (
      await docker('run', '-d', '--name', 'full', ...options, 'berth/host', 'sh', '-c', script)
    ).trim();
    for (const [file, number] of [
      ['one', 1],
      ['two', 2],
    ] as const) {
      await docker('exec', 'full', 'touch', `/${file}`);
      await eventually(() => host.run(['test', '-e', `${host.root}/containers/${id}/ctr.log.${number}`]));
    }
    const lines = Array.from({ length: 120 }, (_, index) => String(index + 1));
    await eventually(async () => expect((await docker('logs', 'full')).trim().split('\n')).toEqual(lines));
    expect((await docker('logs', '--tail', '100', 'full')).trim().split('\n')).toEqual(lines.slice(20));
    await docker('rm', '-f', 'full');
  });
});
