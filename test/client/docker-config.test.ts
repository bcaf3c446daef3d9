import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { forgetLogin, keepLogin, loginFor, registryOf } from '../../src/client/docker-config.ts';

let folder: string;
const me = { username: 'me', password: 'a:b', serveraddress: 'ghcr.io' };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-config-'));
  vi.stubEnv('DOCKER_CONFIG', folder);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const write = (config: object): void => writeFileSync(`${folder}/config.json`, JSON.stringify(config));

test.each([
  ['redis', 'docker.io'],
  ['acme/web:1', 'docker.io'],
  ['ghcr.io/acme/web', 'ghcr.io'],
  ['localhost/x', 'localhost'],
  ['host:5000/x@sha256:aa', 'host:5000'],
])('%s is in %s', (reference, registry) => expect(registryOf(reference)).toBe(registry));

test('a login is kept as docker keeps it, and found again', async () => {
  write({ auths: { other: { auth: 'eDp5' } }, psFormat: 'table' });
  await keepLogin('ghcr.io', me);
  expect(await loginFor('ghcr.io')).toEqual(me);
  expect(JSON.parse(readFileSync(`${folder}/config.json`, 'utf8'))).toEqual({
    auths: { other: { auth: 'eDp5' }, 'ghcr.io': { auth: Buffer.from('me:a:b').toString('base64') } },
    psFormat: 'table',
  });
  expect(statSync(`${folder}/config.json`).mode & 0o777).toBe(0o600);
  expect(await forgetLogin('ghcr.io')).toBe(true);
  expect(await forgetLogin('ghcr.io')).toBe(false);
  expect(await loginFor('ghcr.io')).toBeUndefined();
});

test('Docker Hub is known by its old address', async () => {
  write({ auths: { 'https://index.docker.io/v1/': { auth: 'eDp5' } } });
  expect(await loginFor('docker.io')).toMatchObject({ username: 'x', password: 'y' });
});

test('a credential helper is asked, and what it does not know is nobody', async () => {
  const helper = `#!/bin/sh
read -r url
[ "$url" = ghcr.io ] && { echo '{"Username":"<token>","Secret":"refresh"}'; exit 0; }
echo 'credentials not found in native keychain'; exit 1
`;
  writeFileSync(`${folder}/docker-credential-test`, helper);
  chmodSync(`${folder}/docker-credential-test`, 0o755);
  write({ credsStore: 'test' });
  expect(await loginFor('ghcr.io')).toMatchObject({ username: '', identitytoken: 'refresh' });
  expect(await loginFor('other.io')).toBeUndefined();
});

test('a helper that fails, and a file that is not JSON, are told', async () => {
  writeFileSync(`${folder}/docker-credential-test`, '#!/bin/sh\necho locked; exit 1\n');
  chmodSync(`${folder}/docker-credential-test`, 0o755);
  write({ credHelpers: { 'ghcr.io': 'test' } });
  await expect(loginFor('ghcr.io')).rejects.toMatchObject({ code: 'CREDENTIAL_HELPER' });
  writeFileSync(`${folder}/config.json`, '{');
  await expect(loginFor('ghcr.io')).rejects.toMatchObject({ code: 'DOCKER_CONFIG_INVALID' });
});
