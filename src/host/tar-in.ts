import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HostError } from '../model/errors.ts';
import { hostEnvironment, spawnIn } from './exec.ts';

export interface UnpackOptions {
  /** Owners as in the archive; otherwise whoever unpacks owns everything. */
  readonly keepOwners: boolean;
}

/** Unpacks a tar into a folder that exists. Throws HostError HOST_COMMAND_FAILED. */
export async function unpackInto(
  tar: NodeJS.ReadableStream,
  folder: string,
  { keepOwners }: UnpackOptions,
): Promise<void> {
  const owners = keepOwners ? ['--same-owner', '--numeric-owner'] : ['--no-same-owner'];
  const argv = ['tar', '--extract', '--file=-', '--preserve-permissions', ...owners, `--directory=${folder}`];
  const child = spawnIn(argv, { stdio: ['pipe', 'ignore', 'pipe'], env: hostEnvironment() });
  let words = '';
  child.stderr?.on('data', (data: Buffer) => (words += data.toString()));
  const ended = new Promise<number>((resolve, reject) => {
    child.on('close', (code) => resolve(code ?? -1));
    child.on('error', reject);
  });
  ended.catch(() => undefined);
  // A program that ends early says why; the broken pipe says nothing more.
  if (child.stdin) await pipeline(tar, child.stdin).catch(() => undefined);
  const code = await ended;
  if (code === 0) return;
  throw new HostError('HOST_COMMAND_FAILED', `tar failed with exit code ${code}`, {
    command: argv.join(' '),
    stderr: words.trim(),
  });
}

/** Unpacks a tar of one file or folder called `name`, and puts it at `path`, in the place of a file there. */
export async function unpackAs(
  tar: NodeJS.ReadableStream,
  path: string,
  options: UnpackOptions & { readonly name: string },
): Promise<void> {
  const beside = await mkdtemp(join(dirname(path), '.berth-cp-'));
  try {
    await unpackInto(tar, beside, options);
    await rename(join(beside, options.name), path);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

export async function makeFolders(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
}
