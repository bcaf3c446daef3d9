import { createInterface } from 'node:readline';
import { hostEnvironment, isMissingProgram, programMissing, spawnIn } from './exec.ts';
import { spawnInPrivateMounts } from './mounts.ts';

/** Not 127, which a program passes on that ran a command it could not find. */
const NO_PROGRAM = 197;

export interface IsolatedChild {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Mounts what only it shall see. */
  readonly prepare: () => void;
  /** Path of a network namespace; undefined: the caller's. */
  readonly netns?: string | undefined;
  /** Without any network. */
  readonly withoutNetwork: boolean;
  /** Every line of its output and its errors, in the order of writing. */
  readonly onLine: (line: string) => void;
  /** Kills it with all that it started. */
  readonly signal: AbortSignal;
}

/**
 * Runs a program in mount and process namespaces of its own, so that nothing of it can stay: killing the first
 * process kills all, and the mounts go with them. It ends with this process at the latest. Resolves with the exit
 * code, -1 after a kill. Throws HostError HOST_PROGRAM_MISSING.
 */
export async function runIsolated(child: IsolatedChild): Promise<number> {
  child.signal.throwIfAborted();
  const argv = [
    ...['setpriv', '--pdeathsig', 'KILL'],
    ...['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'],
    ...(child.withoutNetwork ? ['--net'] : []),
    ...['sh', '-c', `command -v "$0" >/dev/null || exit ${NO_PROGRAM}; exec "$0" "$@" 2>&1`, ...child.argv],
  ];
  const spawned = spawnInPrivateMounts({
    hideUnified: false,
    prepare: child.prepare,
    spawn: () =>
      spawnIn(argv, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: hostEnvironment(child.env),
        cwd: child.cwd,
        netns: child.netns,
      }),
  });
  const kill = (): void => void spawned.kill('SIGKILL');
  child.signal.addEventListener('abort', kill, { once: true });
  try {
    return await ended(spawned, child);
  } catch (error) {
    throw isMissingProgram(error) ? programMissing(argv[0] ?? '', error) : error;
  } finally {
    child.signal.removeEventListener('abort', kill);
  }
}

async function ended(spawned: ReturnType<typeof spawnIn>, { argv, onLine }: IsolatedChild): Promise<number> {
  const code = new Promise<number>((resolve, reject) => {
    spawned.on('close', (exitCode) => resolve(exitCode ?? -1));
    spawned.on('error', reject);
  });
  for (const stream of [spawned.stdout, spawned.stderr]) {
    if (stream) createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine);
  }
  const exitCode = await code;
  if (exitCode === NO_PROGRAM) throw programMissing(argv[0] ?? '');
  return exitCode;
}
