import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { repository, type PrivateHost, type Running } from './host.ts';

/** User and password of registries that ask for them. */
export const login = { username: 'tester', password: 'secret' };

/** bcrypt of `login`, which is what the registry reads. */
const HTPASSWD = 'tester:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n';

export interface RegistryOptions {
  /** `127.0.0.1:5000`. */
  readonly address: string;
  readonly withLogin?: boolean;
  /** PEM files. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clientAuthority?: string };
}

/** Starts Debian's docker-registry on a private host and waits until it listens; disposing ends it. */
export async function startRegistry(host: PrivateHost, options: RegistryOptions): Promise<Running> {
  const { address, withLogin, tls } = options;
  const base = `${host.folder}/registry-${address.replace(/\W/g, '-')}`;
  await writeFile(`${base}.htpasswd`, HTPASSWD);
  const lines = [
    'version: 0.1',
    'log: {level: info}',
    `storage: {filesystem: {rootdirectory: ${base}}}`,
    `http: {addr: '${address}'${tls ? `, tls: ${tlsText(tls)}` : ''}}`,
    ...(withLogin ? [`auth: {htpasswd: {realm: test, path: ${base}.htpasswd}}`] : []),
  ];
  await writeFile(`${base}.yml`, lines.join('\n') + '\n');
  const running = host.start([registryProgram(), 'serve', `${base}.yml`]);
  await running.saw('listening on');
  return running;
}

function tlsText({ certificate, key, clientAuthority }: NonNullable<RegistryOptions['tls']>): string {
  const clients = clientAuthority === undefined ? '' : `, clientcas: [${clientAuthority}]`;
  return `{certificate: ${certificate}, key: ${key}${clients}}`;
}

/** A certificate for an address, signed by itself. */
export async function makeCertificate(
  host: PrivateHost,
  ip: string,
): Promise<{ certificate: string; key: string }> {
  const [certificate, key] = [`${host.folder}/registry.crt`, `${host.folder}/registry.key`];
  const names = ['-subj', '/CN=registry', '-addext', `subjectAltName=IP:${ip}`];
  const files = ['-keyout', key, '-out', certificate];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  await host.run(['openssl', 'req', '-x509', '-nodes', '-days', '2', ...kind, ...files, ...names]);
  return { certificate, key };
}

/** bin/test takes it out of its package. */
function registryProgram(): string {
  const folders = [...(process.env['PATH'] ?? '').split(':'), `${repository}/node_modules/.cache/tools`];
  const found = folders.map((folder) => `${folder}/docker-registry`).find((path) => existsSync(path));
  if (found === undefined) throw new Error('docker-registry is missing: bin/test brings it');
  return found;
}
