import { copyFile, mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateHost, repository, type PrivateHost } from '../../helpers/host.ts';
import { startEngine } from '../../helpers/scenario.ts';

/** Docker Compose 1 is Python, and names containers with `_`; 2 is Go, and names them with `-`. */
const versions = [
  { name: 'Docker Compose 1.29', program: 'docker-compose', mark: '_' },
  { name: 'Docker Compose 2.26', program: 'docker-compose-2', mark: '-' },
] as const;

describe.each(versions)('$name at the socket', ({ program, mark }) => {
  let host: PrivateHost;
  let env: Record<string, string>;
  let cwd: string;

  beforeAll(async () => {
    host = await privateHost();
    const tools = `${repository}/node_modules/.cache/tools/13`;
    env = {
      ...(await startEngine(host)),
      PATH: `${process.env['PATH'] ?? ''}:${tools}`,
    };
    cwd = `${host.folder}/shop`;
    await mkdir(cwd);
    await copyFile(`${repository}/test/e2e/clients/compose.yaml`, `${cwd}/docker-compose.yml`);
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  const compose = async (...args: string[]) =>
    (await host.run([program, ...args], { env, cwd, timeoutMs: 100_000 })).stdout;
  const docker = async (...args: string[]) => (await host.run(['docker', ...args], { env })).stdout;
  const idOf = (name: string) =>
    docker('inspect', '-f', '{{.Id}} {{.State.StartedAt}}', `shop${mark}${name}`);

  it('up makes networks, volume and containers, and again changes nothing', async () => {
    await compose('up', '-d');
    expect((await docker('network', 'ls', '--format', '{{.Name}}')).split('\n')).toEqual(
      expect.arrayContaining(['shop_front', 'shop_back']),
    );
    expect(await docker('volume', 'ls', '-q')).toBe('shop_data\n');
    const before = await idOf(`web${mark}1`);
    await compose('up', '-d');
    expect(await idOf(`web${mark}1`)).toBe(before);
  });

  it('ps, port, top and images show it', async () => {
    expect(await compose('ps')).toMatch(/web.1 .*0\.0\.0\.0:\d+->80\/tcp/);
    const [, port] = (await compose('port', 'web', '80')).trim().split(':');
    expect((await host.run(`socat -u TCP:127.0.0.1:${String(port)} -`)).stdout).toBe('hello\n');
    expect(await compose('top')).toContain('sleep 600');
    expect(await compose('images')).toContain('berth/host');
    expect(await compose('logs', 'web')).toContain('web is up');
  });

  it('exec and run work in it, by the names of its networks', async () => {
    expect(await compose('exec', '-T', 'web', 'sh', '-c', 'echo $COLOUR; getent hosts store')).toMatch(
      /^blue\n[\d.]+ +store\n$/,
    );
    expect(await compose('run', '--rm', '-T', 'web', 'getent', 'hosts', 'db')).toMatch(/^[\d.]+ +db\n$/);
    expect((await docker('ps', '-aq')).trim().split('\n')).toHaveLength(2);
  });

  it('scale adds replicas and takes them away', async () => {
    await compose('up', '-d', '--scale', 'web=3');
    expect((await compose('ps', '-q', 'web')).trim().split('\n')).toHaveLength(3);
    await compose('up', '-d', '--scale', 'web=1');
    expect((await compose('ps', '-q', 'web')).trim().split('\n')).toHaveLength(1);
  });

  it('stop, start, restart, pause and kill do what they say', async () => {
    const state = async () =>
      (await docker('inspect', '-f', '{{.State.Status}}', `shop${mark}web${mark}1`)).trim();
    await compose('stop', 'web');
    expect(await state()).toBe('exited');
    await compose('start', 'web');
    expect(await state()).toBe('running');
    const before = await idOf(`web${mark}1`);
    await compose('restart', 'web');
    expect(await idOf(`web${mark}1`)).not.toBe(before);
    await compose('pause', 'web');
    expect(await state()).toBe('paused');
    await compose('unpause', 'web');
    await compose('kill', 'web');
    expect(await state()).toBe('exited');
  });

  it('down leaves nothing', async () => {
    await compose('down', '-v');
    expect(await docker('ps', '-aq')).toBe('');
    expect(await docker('volume', 'ls', '-q')).toBe('');
    expect(await docker('network', 'ls', '-q', '--filter', 'type=custom')).toBe('');
  });
});
