import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pack } from 'tar-stream';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { dockerOf, startEngine } from '../../helpers/scenario.ts';

const setUp =
  'mkdir -p /srv/tree/deep; echo one >/srv/tree/a; echo two >/srv/tree/deep/b; ln -s /etc /srv/out';

describe('files to and from containers', () => {
  let host: PrivateHost;
  let env: { DOCKER_HOST: string };

  beforeAll(async () => {
    host = await privateHost();
    env = await startEngine(host);
    await docker('run', '-d', '--name', 'up', 'berth/host', 'bash', '-c', `${setUp}; exec sleep 600`);
    await docker('run', '--name', 'down', '-v', 'kept:/kept', 'berth/host', 'bash', '-c', setUp);
    await writeFile(`${host.folder}/given`, 'given\n', { mode: 0o640 });
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  const docker = async (...args: string[]) => (await host.run(['docker', ...args], { env })).stdout;
  const text = (name: string) => readFile(`${host.folder}/${name}`, 'utf8');

  for (const name of ['up', 'down']) {
    it(`docker cp takes files and folders out of a container that is ${name}`, async () => {
      await docker('cp', `${name}:/srv/tree/a`, `${host.folder}/${name}-a`);
      expect(await text(`${name}-a`)).toBe('one\n');
      await docker('cp', `${name}:/srv/tree`, `${host.folder}/${name}-tree`);
      expect(await text(`${name}-tree/deep/b`)).toBe('two\n');
      await host.run(['mkdir', `${name}-into`]);
      await docker('cp', `${name}:/srv/tree/.`, `${host.folder}/${name}-into`);
      expect(await text(`${name}-into/deep/b`)).toBe('two\n');
    });

    it(`docker cp puts files into a container that is ${name}`, async () => {
      await docker('cp', `${host.folder}/given`, `${name}:/srv/tree/deep`);
      await docker('cp', `${host.folder}/given`, `${name}:/srv/renamed`);
      await docker('cp', `${name}:/srv/tree/deep/given`, `${host.folder}/${name}-back`);
      await docker('cp', `${name}:/srv/renamed`, `${host.folder}/${name}-back2`);
      expect((await text(`${name}-back`)) + (await text(`${name}-back2`))).toBe('given\ngiven\n');
    });

    it(`what is not there in a container that is ${name} is said in the words of Docker`, async () => {
      const failing = (...args: string[]) => host.run(['docker', ...args], { env, allowFailure: true });
      expect((await failing('cp', `${name}:/nowhere`, '.')).stderr).toContain(
        'Could not find the file /nowhere',
      );
      const missing = await failing('cp', `${host.folder}/given`, `${name}:/no/such/folder/x`);
      expect(missing.stderr).toMatch(/Could not find the file|no such/i);
    });
  }

  it('what was put into a stopped container is there at its next start, in its volumes too', async () => {
    await docker(
      'create',
      '--name',
      'later',
      '-v',
      'kept:/kept',
      'berth/host',
      'cat',
      '/kept/given',
      '/srv/x',
    );
    await docker('cp', `${host.folder}/given`, 'later:/kept/given');
    await docker('cp', `${host.folder}/given`, 'later:/srv/x');
    expect(await docker('start', '-a', 'later')).toBe('given\ngiven\n');
    expect(await readFile(`${host.root}/volumes/kept/_data/given`, 'utf8')).toBe('given\n');
  });

  it('an archive cannot lead out of the container through a link in it', async () => {
    const before = await host.run('ls /etc | md5sum');
    const tar = pack();
    tar.entry({ name: 'out/berth-was-here' }, 'x');
    tar.finalize();
    const stream = tar as unknown as NodeJS.ReadableStream;
    await dockerOf(host).getContainer('up').putArchive(stream, { path: '/srv' });
    expect(await host.run('ls /etc | md5sum')).toEqual(before);
    expect(await docker('exec', 'up', 'cat', '/etc/berth-was-here')).toBe('x');
    const upwards = pack();
    upwards.entry({ name: '../../up' }, 'x');
    upwards.finalize();
    const refused = dockerOf(host).getContainer('up');
    await expect(
      refused.putArchive(upwards as unknown as NodeJS.ReadableStream, { path: '/srv' }),
    ).rejects.toThrow('leads upwards');
  });

  it('a link says where it leads inside', async () => {
    const info = (await dockerOf(host).getContainer('up').infoArchive({ path: '/srv/out' })) as unknown as {
      headers: Record<string, string>;
    };
    const stat = Buffer.from(info.headers['x-docker-container-path-stat'] ?? '', 'base64').toString();
    expect(JSON.parse(stat)).toMatchObject({ name: 'out', linkTarget: '/etc', mode: 2 ** 27 + 0o777 });
  });

  it('nothing stays mounted, and no helper runs', async () => {
    expect((await host.run('cat /proc/mounts')).stdout).not.toContain('overlay /run/berth');
    expect((await host.run('ps -e -o args=')).stdout.split('\n')).not.toContain('cat');
  });
});
