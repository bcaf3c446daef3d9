import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { busyboxArchive } from '../../helpers/busybox-image.ts';
import { login, makeCertificate, startRegistry } from '../../helpers/docker-registry.ts';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { dockerOf } from '../../helpers/scenario.ts';

const open = '127.0.0.1:5000';
const closed = '127.0.0.1:5001';
/** Not loopback, so that certificates count. */
const remote = '192.0.2.1:5443';

let host: PrivateHost;
let env: Record<string, string>;

beforeAll(async () => {
  host = await privateHost();
  env = { DOCKER_CONFIG: `${host.folder}/docker`, DOCKER_HOST: 'unix:///run/berth/docker.sock' };
  await host.run('ip address add 192.0.2.1/32 dev lo');
  await Promise.all([
    startRegistry(host, { address: open }),
    startRegistry(host, { address: closed, withLogin: true }),
    makeCertificate(host, '192.0.2.1').then((tls) => startRegistry(host, { address: remote, tls })),
  ]);
  const archive = await busyboxArchive('box:1', { command: ['sleep', '1000'] });
  await host.berth(['image', 'load', '-i', archive]);
  await rm(archive);
  await host.berth(['image', 'tag', 'box:1', `${open}/team/box:1`]);
  await host.berth(['image', 'push', `${open}/team/box:1`], { env });
});

afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const fails = async (args: readonly string[]) => {
  const { code, stderr } = await host.berth(args, { env, allowFailure: true });
  expect(code).toBe(3);
  return stderr;
};

test('up fetches what is missing, says so, and runs it; a second time nothing is fetched', async () => {
  const cwd = `${host.folder}/shop`;
  await mkdir(cwd);
  const service = { image: `${open}/team/box:1`, stop_grace_period: '0s' };
  await writeFile(`${cwd}/compose.yaml`, JSON.stringify({ name: 'shop', services: { web: service } }));
  await host.berth(['image', 'rm', '-f', `${open}/team/box:1`, 'box:1']);
  expect((await host.berth('plan', { cwd })).stdout).toMatch(/↓ image 127.0.0.1:5000\/team\/box:1 +pull/);
  const first = await host.berth('up -d', { cwd, env });
  expect(first.stderr).toMatch(/ Image 127.0.0.1:5000\/team\/box:1 Pulled/);
  expect(first.stderr).toMatch(/[0-9a-f]{12} {2}Pull complete/);
  expect((await host.berth('ps -q', { cwd })).stdout).toMatch(/^[0-9a-f]{64}\n$/);
  const digest = /image: 127\.0\.0\.1:5000\/team\/box:1@sha256:[0-9a-f]{64}\n/;
  expect((await host.berth('config --resolve-image-digests', { cwd, env })).stdout).toMatch(digest);
  expect((await host.berth('config --lock-image-digests', { cwd, env })).stdout).toMatch(digest);
  expect((await host.berth('up -d', { cwd, env })).stderr).not.toContain('Image');
  const always = await host.berth('up -d --pull always --quiet-pull', { cwd, env });
  expect(always.stderr).toMatch(/Image .* Pulled: it was up to date/);
  expect(always.stderr).not.toContain('Already exists');
  await host.berth('down', { cwd });
  await host.berth(['image', 'rm', service.image]);
  const once = await host.berth(['run', '--rm', '-T', 'web', 'echo', 'hello'], { cwd, env });
  expect(once.stdout).toBe('hello\n');
  expect(once.stderr).toMatch(/ Image .* Pulled/);
});

test('pull fetches what is asked for, keeps tags that are fixed, and names what is to be built', async () => {
  const file = `${host.folder}/pulls.yaml`;
  const services = {
    fixed: { image: `${open}/team/box:1`, pull_policy: 'missing' },
    daily: { image: `${open}/team/box:1`, pull_policy: 'daily' },
    unnamed: { build: '.' },
    ours: { image: `${open}/team/ours:1`, build: '.' },
  };
  await writeFile(file, JSON.stringify({ name: 'pulls', services }));
  const pull = async (...services: string[]) =>
    (await host.berth(['-f', file, 'pull', ...services], { env })).stderr;
  const reference = services.fixed.image;
  await pull('fixed');
  expect(await pull('fixed')).toContain(`Image ${reference} Skipped Image is already present locally`);
  expect(await pull('daily')).toMatch(new RegExp(`Image ${reference} Pulling[^]*Image ${reference} Pulled`));
  const built = await pull('unnamed', 'ours');
  expect(built).toContain('Image pulls-unnamed Skipped No image to be pulled');
  expect(built).toContain('Some service image(s) must be built from source by running:  berth build ours');
});

test('docker and dockerode pull and push', async () => {
  const reference = `${open}/team/box:1`;
  await host.run(['docker', 'rmi', reference], { env });
  const pulled = await host.run(['docker', 'pull', reference], { env });
  expect(pulled.stdout).toMatch(
    /1: Pulling from team\/box\n[\s\S]*Pull complete[\s\S]*Downloaded newer image/,
  );
  await host.run(['docker', 'tag', reference, `${open}/other/box:2`], { env });
  const pushed = await host.run(['docker', 'push', `${open}/other/box:2`], { env });
  expect(pushed.stdout).toMatch(/Mounted from team\/box[\s\S]*2: digest: sha256:[0-9a-f]{64} size: \d+/);
  const engine = dockerOf(host);
  const lines = await follow(engine, await engine.pull(`${open}/other/box:2`));
  expect(lines.at(-1)).toMatchObject({ status: expect.stringContaining('Image is up to date') as string });
  const { RepoDigests } = await engine.getImage(reference).inspect();
  expect(RepoDigests.map((digest) => digest.replace(/@.*/, '')).sort()).toEqual([
    `${open}/other/box`,
    `${open}/team/box`,
  ]);
  const [byDigest = ''] = RepoDigests;
  await host.berth(['image', 'pull', byDigest], { env });
});

async function follow(engine: Docker, stream: NodeJS.ReadableStream): Promise<object[]> {
  return new Promise((resolve, reject) => {
    engine.modem.followProgress(stream, (error: Error | null, lines: object[]) =>
      error ? reject(error) : resolve(lines),
    );
  });
}

test('a registry with a login: refused, logged in, pushed, pulled, logged out, refused', async () => {
  const reference = `${closed}/box:1`;
  await host.berth(['image', 'tag', `${open}/team/box:1`, reference]);
  expect(await fails(['image', 'push', reference])).toMatch(/\[REGISTRY_UNAUTHORIZED\][\s\S]*berth login/);
  const words = ['login', closed, '-u', login.username, '--password-stdin'];
  const wrong = await host.berth(words, { env, input: 'wrong\n', allowFailure: true });
  expect(wrong.stderr).toContain('[REGISTRY_UNAUTHORIZED]');
  expect((await host.berth(words, { env, input: `${login.password}\n` })).stdout).toBe('Login Succeeded\n');
  const kept = JSON.parse(await readFile(`${host.folder}/docker/config.json`, 'utf8')) as object;
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  expect(kept).toEqual({ auths: { [closed]: { auth } } });
  await host.berth(['image', 'push', reference], { env });
  await host.berth(['image', 'rm', reference]);
  await host.run(['docker', 'pull', reference], { env });
  await host.berth(['logout', closed], { env });
  await host.berth(['image', 'rm', reference]);
  expect(await fails(['image', 'pull', reference])).toContain('[REGISTRY_UNAUTHORIZED]');
});

test('a certificate counts where its authority lies in certs.d', async () => {
  const reference = `${remote}/box:1`;
  await host.berth(['image', 'tag', `${open}/team/box:1`, reference]);
  expect(await fails(['image', 'push', reference])).toMatch(/\[REGISTRY_TLS\][\s\S]*ca\.crt/);
  await mkdir(`${host.root}/certs.d/${remote}`, { recursive: true });
  await copyFile(`${host.folder}/registry.crt`, `${host.root}/certs.d/${remote}/ca.crt`);
  await host.berth(['image', 'push', reference], { env });
  await host.berth(['image', 'rm', reference]);
  await host.berth(['image', 'pull', reference], { env });
});

test('what a registry does not have, and one that is not there', async () => {
  expect(await fails(['image', 'pull', `${open}/team/box:nope`])).toMatch(
    /manifest for 127.0.0.1:5000\/team\/box:nope not found.*\[IMAGE_NOT_IN_REGISTRY\]/,
  );
  expect(await fails(['image', 'pull', '127.0.0.1:5999/box:1'])).toContain('[REGISTRY_UNREACHABLE]');
});
