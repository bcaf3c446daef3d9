import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { busyboxArchive } from '../../helpers/busybox-image.ts';
import { login, makeCertificate, startRegistry } from '../../helpers/docker-registry.ts';
import { berthProgram, privateHost, type PrivateHost } from '../../helpers/host.ts';
import { startEngine } from '../../helpers/scenario.ts';

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
  const tls = await makeCertificate(host, '192.0.2.1');
  await Promise.all([
    startRegistry(host, { address: open }),
    startRegistry(host, { address: closed, withLogin: true }),
    startRegistry(host, { address: remote, tls: { ...tls, clientAuthority: tls.certificate } }),
  ]);
  await startEngine(host);
  const archive = await busyboxArchive('box:1');
  await host.berth(['image', 'load', '-i', archive], { env });
  await rm(archive);
  await push(`${open}/team/box:1`);
});

afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const push = async (reference: string) => {
  await host.berth(['image', 'tag', 'box:1', reference], { env });
  await host.berth(['image', 'push', '-q', reference], { env });
};

const forget = async (...references: string[]) => {
  await host.berth(['image', 'rm', '-f', ...references], { env, allowFailure: true });
};

test('a terminal is asked for user and password, and does not show the password', async () => {
  await host.run('mkfifo keys');
  await writeFile(`${host.folder}/login.sh`, `node ${berthProgram} login ${closed}; echo "code $?"`);
  await using terminal = host.start("exec 3<>keys; exec script -qec 'bash login.sh' /dev/null <&3", { env });
  const type = (text: string) => host.run(`printf '${text}\\r' > keys`);
  await terminal.saw('Username: ');
  await type(login.username);
  await terminal.saw('Password: ');
  await type(login.password);
  await terminal.saw('code 0');
  expect(terminal.stdout()).toContain('Login Succeeded');
  expect(terminal.stdout()).not.toContain(login.password);
  await push(`${closed}/base:1`);
});

test('a build fetches its base image as whoever is logged in, and pushes what it made', async () => {
  const cwd = `${host.folder}/made`;
  await mkdir(cwd);
  await writeFile(`${cwd}/Dockerfile`, `FROM ${closed}/base:1\nENV MADE=1\n`);
  const own = { image: `${open}/made/own:1`, build: { context: '.', tags: [`${closed}/made/own:2`] } };
  const services = { own, nameless: { build: '.' } };
  await writeFile(`${cwd}/compose.yaml`, JSON.stringify({ name: 'made', services }));
  await forget(`${closed}/base:1`);
  const asNobody = { env: { ...env, DOCKER_CONFIG: `${host.folder}/nobody` } };
  const refused = await host.berth('build own', { ...asNobody, cwd, allowFailure: true });
  expect(refused.stderr).toMatch(
    /base:1 of line 1 is not in the store[^]*unauthorized[^]*Log in first: berth login/,
  );
  const { stderr } = await host.berth('build --push', { env, cwd });
  expect(stderr).toMatch(/made\/own\][^]*1: digest: sha256:[^]*made\/own\][^]*2: digest: sha256:/);
  expect(stderr).toContain('nameless: skipped, as it names no image');
  await forget(own.image, `${closed}/made/own:2`, `${closed}/base:1`);
  await host.berth(['image', 'pull', '-q', `${closed}/made/own:2`], { env });
  await forget(`${closed}/made/own:2`);
  // Docker's client hands its logins on in a header of their own.
  const classic = { ...env, DOCKER_BUILDKIT: '0' };
  expect((await host.run('docker build -q -t classic:1 .', { env: classic, cwd })).stdout).toMatch(
    /^sha256:/,
  );
});

test('a mirror is asked first for images of Docker Hub', async () => {
  await writeFile(`${host.root}/engine.json`, JSON.stringify({ 'registry-mirrors': [`http://${open}`] }));
  const { stderr } = await host.berth('image pull team/box:1', { env });
  expect(stderr).toContain('Downloaded newer image for team/box:1');
  await rm(`${host.root}/engine.json`);
});

test('a registry that wants a certificate of its clients gets the one in certs.d', async () => {
  const reference = `${remote}/box:1`;
  const folder = `${host.root}/certs.d/${remote}`;
  await mkdir(folder, { recursive: true });
  await copyFile(`${host.folder}/registry.crt`, `${folder}/ca.crt`);
  await host.berth(['image', 'tag', 'box:1', reference], { env });
  const refused = await host.berth(['image', 'push', reference], { env, allowFailure: true });
  expect(refused.stderr).toMatch(/wants another client certificate[^]*\[REGISTRY_TLS\][^]*client\.key/);
  await copyFile(`${host.folder}/registry.crt`, `${folder}/client.cert`);
  await copyFile(`${host.folder}/registry.key`, `${folder}/client.key`);
  await host.berth(['image', 'push', '-q', reference], { env });
});

test('a proxy is asked in the place of registries, except for those of this machine', async () => {
  await host.berth('engine stop', { env });
  const insecure = { 'insecure-registries': ['registry.example:80'] };
  await writeFile(`${host.root}/engine.json`, JSON.stringify(insecure));
  // A registry takes requests as a proxy gets them: with the whole address.
  const proxied = { ...env, HTTP_PROXY: `http://${open}` };
  const { stderr } = await host.berth('image pull registry.example:80/team/box:1', { env: proxied });
  expect(stderr).toContain('Status: Downloaded newer image for registry.example:80/team/box:1');
});
