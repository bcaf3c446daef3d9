import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost, type RunOptions } from '../../helpers/host.ts';
import { dockerOf, eventually, startEngine } from '../../helpers/scenario.ts';

describe('with a client attached to the first process', () => {
  let host: PrivateHost;
  let env: { DOCKER_HOST: string };

  beforeAll(async () => {
    host = await privateHost();
    env = await startEngine(host);
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  const docker = (args: readonly string[], options: RunOptions = {}) =>
    host.run(['docker', ...args], { env, allowFailure: true, ...options });
  const sh = (script: string, ...options: string[]) => [
    'run',
    ...options,
    'berth/host',
    'bash',
    '-c',
    script,
  ];

  it('docker run keeps the streams apart and passes the exit code on', async () => {
    const result = await docker(sh('echo out; echo err >&2; printf end; exit 7', '--rm'));
    expect(result).toEqual({ stdout: 'out\nend', stderr: 'err\n', code: 7 });
  });

  it('no byte is lost of a process that ends at once, or writes much', async () => {
    for (let round = 0; round < 5; round += 1) {
      expect((await docker(sh('echo quick', '--rm'))).stdout).toBe('quick\n');
    }
    const { stdout } = await docker(sh('seq 1 100000', '--rm'));
    expect(stdout.split('\n')).toHaveLength(100_001);
    expect(stdout.endsWith('\n99999\n100000\n')).toBe(true);
  });

  it('docker run --rm takes the container and its anonymous volumes away', async () => {
    const before = (await docker(['volume', 'ls', '-q'])).stdout;
    const result = await docker(sh('touch /data/x; exit 3', '--rm', '--name', 'gone', '-v', '/data'));
    expect(result).toMatchObject({ code: 3, stderr: '' });
    expect((await docker(['ps', '-aq', '--filter', 'name=gone'])).stdout).toBe('');
    expect((await docker(['volume', 'ls', '-q'])).stdout).toBe(before);
  });

  it('docker run --rm of a program that is not there leaves nothing and says 127', async () => {
    const result = await docker(['run', '--rm', '--name', 'never', 'berth/host', '/no/such/program']);
    expect(result.code).toBe(127);
    expect((await docker(['ps', '-aq', '--filter', 'name=never'])).stdout).toBe('');
  });

  it('a detached container with --rm goes after docker stop', async () => {
    await docker(['run', '-d', '--rm', '--name', 'brief', 'berth/host', 'sleep', '60']);
    await docker(['stop', '-t', '0', 'brief']);
    await eventually(async () =>
      expect((await docker(['ps', '-aq', '--filter', 'name=brief'])).stdout).toBe(''),
    );
  });

  it('docker restart keeps a container with --rm', async () => {
    await docker(['run', '-d', '--rm', '--name', 'again', 'berth/host', 'sleep', '60']);
    expect((await docker(['restart', '-t', '0', 'again'])).code).toBe(0);
    expect((await docker(['ps', '-q', '--filter', 'name=again'])).stdout).not.toBe('');
    await docker(['rm', '-f', 'again']);
  });

  it('docker run -i hands every byte of its input on and closes stdin at the end', async () => {
    const input = Array.from({ length: 40_000 }, (_, index) => `line ${String(index)}\n`).join('');
    const { stdout, code } = await docker(sh('sleep 0.3; cat; echo over', '--rm', '-i'), { input });
    expect(code).toBe(0);
    expect(stdout.length).toBe(input.length + 'over\n'.length);
    expect(stdout === `${input}over\n`).toBe(true);
  });

  it('docker run -it gives a terminal of the size of the caller, and its prompts at once', async () => {
    const command =
      'stty rows 31 cols 97; docker run --rm -it berth/host bash -c \'sleep 1; stty size; read -p "name? " x; echo hello $x; exit 4\'';
    const result = await host.run(['script', '-qec', command, '/dev/null'], {
      env: { ...env, TERM: 'xterm' },
      allowFailure: true,
      input: 'world\n',
    });
    expect(result.stdout).toContain('31 97');
    expect(result.stdout).toContain('name? ');
    expect(result.stdout).toContain('hello world');
    expect(result.code).toBe(4);
  });

  it('docker attach shows what comes from now on; a client that goes leaves the container', async () => {
    const script = 'echo early; while read -r line; do echo "got $line"; done';
    const { stdout } = await docker(['run', '-di', '--name', 'shared', 'berth/host', 'bash', '-c', script]);
    await eventually(async () => expect((await docker(['logs', 'shared'])).stdout).toBe('early\n'));
    const watcher = host.start(['docker', 'attach', '--no-stdin', '--sig-proxy=false', 'shared'], { env });
    const first = dockerOf(host).getContainer(stdout.trim());
    const stream = (await first.attach({
      stream: true,
      stdin: true,
      stdout: true,
      stderr: true,
      hijack: true,
    })) as NodeJS.ReadWriteStream & { destroy(): void };
    // Nothing tells when the watcher has attached: lines are sent until it sees one.
    await eventually(() => {
      stream.write('one\n');
      return watcher.stdout().includes('got one') ? Promise.resolve() : Promise.reject(new Error('not yet'));
    });
    await once(stream, 'data');
    stream.destroy();
    await watcher.signal('KILL');
    expect((await watcher.ended).stdout).toMatch(/^(got one\n)+$/);
    expect((await first.inspect()).State.Running).toBe(true);
    await docker(['rm', '-f', 'shared']);
  });

  it('dockerode attaches before the start, without an upgrade too', async () => {
    const client = dockerOf(host);
    const container = await client.createContainer({ Image: 'berth/host', Cmd: ['echo', 'seen'], Tty: true });
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    let text = '';
    stream.on('data', (data: Buffer) => (text += data.toString()));
    await container.start();
    await once(stream, 'end');
    expect(text).toBe('seen\r\n');
    const replay = await container.attach({ logs: true, stdout: true, stderr: true });
    text = '';
    replay.on('data', (data: Buffer) => (text += data.toString()));
    await once(replay, 'end');
    expect(text).toBe('seen\r\n');
    await container.remove();
  });

  it('docker start -ai goes on with a container that has ended', async () => {
    await docker(sh('cat; exit 6', '-i', '--name', 'twice'), { input: 'first\n' });
    const again = await docker(['start', '-ai', 'twice'], { input: 'second\n' });
    expect(again).toMatchObject({ stdout: 'second\n', code: 6 });
    await docker(['rm', 'twice']);
  });
});
