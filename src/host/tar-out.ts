import type { Readable } from 'node:stream';
import { hostEnvironment, spawnIn } from './exec.ts';
import { HostError } from '../model/errors.ts';

/** A changed file while it was read is no failure: tar says so with exit code 1. */
const CHANGED_WHILE_READ = 1;

export interface TarOptions {
  /** Leave out what is mounted below. */
  readonly oneFileSystem?: boolean | undefined;
  /** What the first part of each member is called instead of `name`. */
  readonly as?: string | undefined;
  readonly ownedByRoot?: boolean | undefined;
  /** Members are called `etc/hosts` and not `./etc/hosts`. */
  readonly bare?: boolean | undefined;
}

/**
 * A tar of `name` in a folder, with all below it; members are called `<name>/…`. Links are not followed. Whoever
 * stops reading ends the program. Throws HostError HOST_COMMAND_FAILED.
 */
export async function* tarOf(
  folder: string,
  name: string,
  options: TarOptions = {},
): AsyncGenerator<Buffer, void> {
  const flags = ['--numeric-owner', ...flagsFor(options)];
  const argv = ['tar', '--create', '--file=-', ...flags, `--directory=${folder}`, '--', name];
  const child = spawnIn(argv, { stdio: ['ignore', 'pipe', 'pipe'], env: hostEnvironment() });
  let words = '';
  child.stderr?.on('data', (data: Buffer) => (words += data.toString()));
  const ended = new Promise<number>((resolve, reject) => {
    child.on('close', (code) => resolve(code ?? -1));
    child.on('error', reject);
  });
  ended.catch(() => undefined);
  try {
    for await (const chunk of child.stdout as Readable) yield chunk as Buffer;
    const code = await ended;
    if (code === 0 || code === CHANGED_WHILE_READ) return;
    throw new HostError('HOST_COMMAND_FAILED', `tar failed with exit code ${code}`, {
      command: argv.join(' '),
      stderr: words.trim(),
    });
  } finally {
    child.kill('SIGKILL');
  }
}

function flagsFor({ oneFileSystem, as, ownedByRoot, bare }: TarOptions): string[] {
  return [
    ...(bare ? ['--transform=s|^\\./\\(.\\)|\\1|S'] : []),
    ...(oneFileSystem ? ['--one-file-system'] : []),
    ...(ownedByRoot ? ['--owner=0', '--group=0'] : []),
    // Targets of symbolic links are no names of members: `S`.
    ...(as === undefined ? [] : [`--transform=s|^[^/]*|${as.replace(/[\\|&]/g, '\\$&')}|S`]),
    // Members of the root begin with a slash, which tar would take off.
    ...(as === '' ? ['--absolute-names'] : []),
  ];
}
