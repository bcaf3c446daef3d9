import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { pack, type Header, type Pack } from 'tar-stream';

/** What the image's configuration says; everything has a default. */
export interface BusyboxConfig {
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly env?: readonly string[];
  readonly exposedPorts?: readonly string[];
  readonly volumes?: readonly string[];
  readonly user?: string;
  readonly workingDir?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Further files: path → content. */
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * Writes a `docker save` archive of a small image to a new temporary file and returns its path: the machine's static
 * busybox with a link for every applet, /etc/passwd and /etc/group with root, www-data and nobody, /tmp, /root, /var/www.
 * Needs the Debian package busybox-static.
 */
export async function busyboxArchive(reference: string, config: BusyboxConfig = {}): Promise<string> {
  const layer = await packed(await rootfsEntries(config));
  const image = Buffer.from(JSON.stringify(configuration(config, sha256(layer))));
  const configName = `${sha256(image)}.json`;
  const manifest = [{ Config: configName, RepoTags: [reference], Layers: ['layer/layer.tar'] }];
  const archive = await packed([
    [{ name: configName }, image],
    [{ name: 'layer', type: 'directory' }],
    [{ name: 'layer/layer.tar' }, layer],
    [{ name: 'manifest.json' }, Buffer.from(JSON.stringify(manifest))],
  ]);
  const path = join(tmpdir(), `busybox-${randomBytes(6).toString('hex')}.tar`);
  await pipeline([archive], createWriteStream(path));
  return path;
}

/** A tar of the same root filesystem, for `image import`. */
export async function busyboxRootfs(config: BusyboxConfig = {}): Promise<Buffer> {
  return await packed(await rootfsEntries(config));
}

export type TarHeader = Partial<Header> & Pick<Header, 'name'>;

export type TarMember = readonly [header: TarHeader, content?: string | Buffer | undefined];

/** A tar in memory. */
export async function packed(members: readonly TarMember[]): Promise<Buffer> {
  const tar = pack();
  const reading = collected(tar);
  for (const [header, content = ''] of members) tar.entry(header, content);
  tar.finalize();
  return await reading;
}

export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** One on PATH first: bin/test takes a static one out of its package. */
const BUSYBOX = [
  ...(process.env['PATH'] ?? '').split(':').map((folder) => `${folder}/busybox`),
  '/bin/busybox',
];
const MTIME = new Date('2024-01-01T00:00:00Z');

async function collected(tar: Pack): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function rootfsEntries(config: BusyboxConfig): Promise<TarMember[]> {
  const busybox = await findBusybox();
  const { stdout } = await promisify(execFile)(busybox, ['--list']);
  const applets = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox');
  return [
    ...FOLDERS.map(([name, mode]): TarMember => [{ name, mode, type: 'directory', mtime: MTIME }]),
    [{ name: 'bin/busybox', mode: 0o755, mtime: MTIME }, await readFile(busybox)],
    ...applets.map((name): TarMember => [
      { name: `bin/${name}`, type: 'symlink', linkname: 'busybox', mtime: MTIME },
    ]),
    [{ name: 'etc/passwd', mtime: MTIME }, PASSWD],
    [{ name: 'etc/group', mtime: MTIME }, GROUP],
    ...Object.entries(config.files ?? {}).map(([path, content]): TarMember => [
      { name: path.replace(/^\//, ''), mtime: MTIME },
      content,
    ]),
  ];
}

const FOLDERS: readonly (readonly [name: string, mode: number])[] = [
  ['bin', 0o755],
  ['dev', 0o755],
  ['etc', 0o755],
  ['home', 0o755],
  ['proc', 0o555],
  ['root', 0o700],
  ['sys', 0o555],
  ['tmp', 0o1777],
  ['var', 0o755],
  ['var/www', 0o755],
];

const PASSWD = `root:x:0:0:root:/root:/bin/sh
www-data:x:33:33:www-data:/var/www:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
`;

const GROUP = `root:x:0:
www-data:x:33:
nogroup:x:65534:
`;

async function findBusybox(): Promise<string> {
  for (const path of BUSYBOX) {
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  throw new Error('busybox is not installed: apt-get install busybox-static');
}

function configuration(config: BusyboxConfig, diffId: string): object {
  return {
    created: MTIME.toISOString(),
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...(config.env ?? [])],
      Cmd: config.command ?? ['/bin/sh'],
      Entrypoint: config.entrypoint,
      User: config.user,
      WorkingDir: config.workingDir,
      Labels: config.labels,
      ExposedPorts: asKeys(config.exposedPorts),
      Volumes: asKeys(config.volumes),
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${diffId}`] },
    history: [{ created: MTIME.toISOString(), created_by: 'busybox-static' }],
  };
}

function asKeys(names: readonly string[] | undefined): object | undefined {
  return names && Object.fromEntries(names.map((name) => [name, {}]));
}
