import { appendFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { dockerOf, example, page } from '../../helpers/scenario.ts';

describe('examples/build', () => {
  let host: PrivateHost;
  let cwd = '';

  beforeAll(async () => {
    host = await privateHost();
    cwd = `${host.folder}/example`;
    cpSync(example('build'), cwd, { recursive: true });
  });
  afterAll(() => host[Symbol.asyncDispose]());

  it('is built and runs, and the secret is in no layer', async () => {
    const { stderr } = await host.berth('up -d', { cwd });
    expect(stderr).toMatch(/Image build-app:dev Built [0-9a-f]{12}/);
    expect(await page(host, 'http://127.0.0.1:8080/')).toBe('web says: built here: words of the context \n');
    const { Config } = await dockerOf(host).getImage('build-app:dev').inspect();
    expect(Config.Labels).toMatchObject({
      'com.docker.compose.project': 'build',
      'com.docker.compose.service': 'app',
    });
    const folders = [`${host.root}/images`, `${host.root}/build`];
    const { stdout } = await host.run(['grep', '-rl', 'not-in-any-layer', ...folders], {
      allowFailure: true,
    });
    expect(stdout).toBe('');
  });

  it('is up to date until a file that counts has changed, which the plan names', async () => {
    writeFileSync(`${cwd}/app/ignored.log`, 'x');
    expect((await host.berth('plan', { cwd })).stdout).toContain('nothing to do');
    appendFileSync(`${cwd}/app/words.txt`, 'and more\n');
    const plan = (await host.berth('plan', { cwd })).stdout;
    expect(plan).toMatch(/image build-app:dev +build +context changed: words\.txt/);
    expect(plan).toMatch(/container build-app-1 +recreate +context changed: words\.txt/);
    expect((await host.berth('plan', { cwd })).stdout).not.toContain('build-web ');
    await host.berth('up -d', { cwd });
    expect(await page(host, 'http://127.0.0.1:8080/')).toContain('words of the context and more');
  });

  it('builds on request from the cache, and leaves the containers alone when nothing came of it', async () => {
    const before = (await host.berth('ps -q', { cwd })).stdout;
    const { stderr } = await host.berth('up -d --build', { cwd });
    expect(stderr).toMatch(/Built [0-9a-f]{12}, \d+ of \d+ steps from the cache/);
    expect((await host.berth('ps -q', { cwd })).stdout).toBe(before);
  });

  it('shows the line of a step that fails, and what it said', async () => {
    // buildah passes output on beside the command: what is said in the very moment of the end may be lost.
    appendFileSync(`${cwd}/web/Dockerfile`, 'RUN echo the reason; sleep 0.5; exit 7\n');
    const failed = await host.berth('build web', { cwd, allowFailure: true });
    expect(failed.code).not.toBe(0);
    expect(failed.stderr).toContain('web/Dockerfile:5:1');
    expect(failed.stderr).toContain('> 5 | RUN echo the reason; sleep 0.5; exit 7');
    expect(failed.stderr).toContain('last lines of its output:\n    the reason');
  });

  it('does what an image wants done first, names it when it fails, and gives steps a /dev/shm of their own', async () => {
    const folder = `${host.folder}/later`;
    mkdirSync(folder);
    const first =
      'FROM berth/host\\nRUN df -k /dev/shm >&2\\nONBUILD RUN [ ! -e /proc/1/nothing-there ] && exit 5';
    writeFileSync(
      `${folder}/compose.yaml`,
      `services:
  first:
    build: { dockerfile_inline: "${first}", shm_size: 3m }
  second:
    build: { dockerfile_inline: "FROM first\\nRUN true", additional_contexts: { first: "service:first" } }
`,
    );
    const { code, stderr } = await host.berth('build', { cwd: folder, allowFailure: true });
    expect(stderr).toMatch(/first +shm +3072 /);
    expect(code).not.toBe(0);
    expect(stderr).toContain('the build failed at ONBUILD RUN [ ! -e /proc/1/nothing-there ] && exit 5');
    const { Config } = await dockerOf(host).getImage('later-first').inspect();
    expect(Config.OnBuild).toEqual(['RUN [ ! -e /proc/1/nothing-there ] && exit 5']);
  });

  it('takes its images away with down --rmi local, except the one that has a name in the file', async () => {
    await host.berth('down --rmi local', { cwd });
    const names = (await dockerOf(host).listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
    expect(names).toContain('build-app:dev');
    expect(names).not.toContain('build-web:latest');
  });

  it('serves POST /build: a tar in, the words of the classic builder out', async () => {
    rmSync(`${cwd}/app/ignored.log`);
    const stream = await dockerOf(host).buildImage(
      { context: `${cwd}/app`, src: ['Dockerfile', 'words.txt', 'server.mjs', '.dockerignore'] },
      { t: 'posted:1', target: 'make', buildargs: { GREETING: 'x' } },
    );
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    expect(text).toContain('Step 1/4 : FROM berth/host AS make');
    // The secret that its Dockerfile wants is not handed over here.
    expect(text).toContain('returned a non-zero code: 1');
  });

  it('makes an image of a container, with what it changed, and tells the changes', async () => {
    const docker = dockerOf(host);
    const Cmd = [
      'sh',
      '-c',
      'echo kept > /srv/kept; ln /srv/kept /srv/again; rm /etc/hostname-gone 2>&1; sleep 1000',
    ];
    const container = await docker.createContainer({ Image: 'build-app:dev', Cmd, name: 'changed' });
    await container.start();
    await host.run(
      'until [ -e /proc/$(cat /run/berth/containers/*/pidfile | head -1)/root/srv/again ]; do :; done',
    );
    expect(await container.changes()).toEqual(
      expect.arrayContaining([
        { Path: '/srv', Kind: 0 },
        { Path: '/srv/kept', Kind: 1 },
      ]),
    );
    await container.commit({ repo: 'made', tag: '1', changes: 'CMD ["cat", "/srv/again", "/srv/greeting"]' });
    await container.remove({ force: true });
    const made = await docker.createContainer({ Image: 'made:1' });
    await made.start();
    await made.wait();
    const log = String(await made.logs({ stdout: true, follow: false }));
    expect(log).toContain('kept');
    expect(log).toContain('built here: words of the context and more');
  });
});
