import { homedir } from 'node:os';
import { run } from '../host/exec.ts';
import { makeFolder, readText, writeFileAtomic } from '../host/files.ts';
import { HostError } from '../model/errors.ts';
import type { AuthConfig } from './auth-header.ts';

/** What `docker login` keeps: `~/.docker/config.json`, or that of the folder DOCKER_CONFIG. */
interface DockerConfig {
  readonly auths?: Readonly<Record<string, StoredLogin>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

interface StoredLogin {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}

const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/** The registry that a reference names: `docker.io` when it names none. */
export function registryOf(reference: string): string {
  const slash = reference.indexOf('/');
  const first = slash === -1 ? '' : reference.slice(0, slash);
  const isRegistry = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  return isRegistry && first !== 'index.docker.io' ? first : DOCKER_HUB;
}

/**
 * The login for a registry, from a credential helper where one is set, else from the file; undefined for none.
 * @throws {HostError} DOCKER_CONFIG_INVALID, CREDENTIAL_HELPER
 */
export async function loginFor(registry: string): Promise<AuthConfig | undefined> {
  const config = readConfig();
  const key = keyOf(registry);
  const helper = helperFor(config, registry);
  if (helper !== '') return await askHelper(helper, key);
  const stored = Object.entries(config.auths ?? {}).find(([name]) => hostOf(name) === hostOf(key))?.[1];
  if (!stored) return undefined;
  const [user = '', ...rest] = Buffer.from(stored.auth ?? '', 'base64')
    .toString('utf8')
    .split(':');
  return {
    username: stored.username ?? user,
    password: stored.password ?? rest.join(':'),
    serveraddress: key,
    ...(stored.identitytoken !== undefined && { identitytoken: stored.identitytoken }),
  };
}

/** All logins that the file names. A helper that has nothing to say is left out: the registry may be none of our business. */
export async function allLogins(): Promise<readonly AuthConfig[]> {
  const { auths, credHelpers } = readConfig();
  const registries = [...Object.keys(auths ?? {}), ...Object.keys(credHelpers ?? {})].map((key) => {
    const host = hostOf(key);
    return host === hostOf(DOCKER_HUB_KEY) ? DOCKER_HUB : host;
  });
  const found = await Promise.all(
    [...new Set(registries)].map((registry) => loginFor(registry).catch(() => undefined)),
  );
  return found.filter((login) => login !== undefined);
}

/** Keeps a login where `docker login` would; resolves with the place. */
export async function keepLogin(registry: string, login: AuthConfig): Promise<string> {
  const config = readConfig();
  const key = keyOf(registry);
  const helper = helperFor(config, registry);
  if (helper !== '') {
    const { username, password } = login;
    await runHelper(
      helper,
      'store',
      JSON.stringify({ ServerURL: key, Username: username, Secret: password }),
    );
    return `docker-credential-${helper}`;
  }
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  await writeConfig({ ...config, auths: { ...config.auths, [key]: { auth } } });
  return configPath();
}

/** False when there was none. */
export async function forgetLogin(registry: string): Promise<boolean> {
  const config = readConfig();
  const key = keyOf(registry);
  const helper = helperFor(config, registry);
  if (helper !== '') await runHelper(helper, 'erase', key);
  const entries = Object.entries(config.auths ?? {});
  const kept = entries.filter(([name]) => hostOf(name) !== hostOf(key));
  if (kept.length < entries.length) await writeConfig({ ...config, auths: Object.fromEntries(kept) });
  return helper !== '' || kept.length < entries.length;
}

/** The key of a registry in the file. */
export function keyOf(registry: string): string {
  return registry === DOCKER_HUB ? DOCKER_HUB_KEY : registry;
}

function helperFor(config: DockerConfig, registry: string): string {
  return config.credHelpers?.[registry] ?? config.credHelpers?.[keyOf(registry)] ?? config.credsStore ?? '';
}

function configPath(): string {
  return `${process.env['DOCKER_CONFIG'] ?? `${homedir()}/.docker`}/config.json`;
}

function readConfig(): DockerConfig {
  const path = configPath();
  const text = readText(path) ?? '';
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
    throw new Error('it is not an object');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HostError('DOCKER_CONFIG_INVALID', `${path} can't be read: ${why}`, {
      hint: 'Correct the file, or move it away and log in again.',
    });
  }
}

async function writeConfig(config: DockerConfig): Promise<void> {
  const path = configPath();
  await makeFolder(path.slice(0, path.lastIndexOf('/')), 0o700);
  await writeFileAtomic(path, `${JSON.stringify(config, undefined, '\t')}\n`, { mode: 0o600 });
}

/** `https://index.docker.io/v1/` and `index.docker.io` are the same. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

async function askHelper(helper: string, key: string): Promise<AuthConfig | undefined> {
  const { stdout, exitCode } = await runHelper(helper, 'get', key);
  if (exitCode !== 0) return undefined;
  try {
    const { Username = '', Secret = '' } = JSON.parse(stdout) as { Username?: string; Secret?: string };
    if (Username !== '<token>') return { username: Username, password: Secret, serveraddress: key };
    return { username: '', password: '', serveraddress: key, identitytoken: Secret };
  } catch {
    throw helperFailed(helper, 'its answer is not JSON');
  }
}

/** Helpers say "not found" by a failure, which is none. */
async function runHelper(
  helper: string,
  word: 'get' | 'store' | 'erase',
  input: string,
): Promise<{ stdout: string; exitCode: number }> {
  const argv = [`docker-credential-${helper}`, word];
  const result = await run(argv, { input, allowFailure: true, timeoutMs: 30_000 });
  const isMissing = /not found/i.test(result.stdout + result.stderr);
  if (result.exitCode !== 0 && !isMissing) {
    throw helperFailed(helper, (result.stdout.trim() || result.stderr.trim()).slice(0, 200));
  }
  return result;
}

function helperFailed(helper: string, why: string): HostError {
  return new HostError('CREDENTIAL_HELPER', `docker-credential-${helper} failed: ${why}`, {
    hint: 'Run it by hand, or take it out of ~/.docker/config.json (credsStore, credHelpers).',
  });
}
