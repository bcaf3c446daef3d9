import { BerthError, HostError } from '../model/errors.ts';
import { makeFolderNow } from '../host/files.ts';
import { removeFileNow, writeFileNow } from '../host/files-now.ts';
import { isInChroot } from '../host/mounts.ts';
import { keepHeapSmall } from '../host/small-heap.ts';
import { tryLock } from '../host/locks.ts';
import { claimNetworkNamespace } from '../host/namespace-claim.ts';
import { reportToParent } from '../host/report-to-parent.ts';
import { buildEngine } from './build-engine.ts';
import type { Engine } from './engine.ts';
import { IdleWatch } from './idle-watch.ts';
import { pathsFor } from './paths.ts';
import type { Paths } from './paths.ts';

export interface RunEngineOptions {
  readonly root: string;
  readonly runRoot: string;
  readonly version: string;
  /** Started by a command: leaves when nothing is left to do, and reports readiness on descriptor 3. */
  readonly detached: boolean;
  /** `BERTH_FAULT`: where a test wants it to die. */
  readonly fault: string | undefined;
  /** How the API is served over the engine; given by the caller, as the API room stands above this one. */
  readonly serve: (engine: Engine, socketPath: string) => Promise<ServedApi>;
}

/** A shell in a mount namespace whose root is the chroot; typed outside of it. */
const OWN_ROOT =
  "unshare -m sh -c 'mount --rbind DIR DIR; cd DIR; pivot_root . mnt; umount -l /mnt; exec sh'";

/** The API while it is served. */
export interface ServedApi {
  /** Open connections: clients that are present. */
  readonly connections: () => number;
  readonly onConnectionsChange: (listener: () => void) => void;
  readonly close: () => Promise<void>;
}

/**
 * Runs the engine of a state root in this process until it is stopped or, when detached, until nothing is left to
 * do. Containers outlive it.
 * @throws {HostError} ENGINE_RUNNING, NEED_ROOT, ENGINE_NAMESPACE_TAKEN, and whatever recovery meets.
 */
export async function runEngine(options: RunEngineOptions): Promise<void> {
  try {
    await runUntilStopped(options);
  } catch (error) {
    if (options.detached) reportToParent(`error ${errorLine(error)}`);
    throw error;
  }
}

async function runUntilStopped(options: RunEngineOptions): Promise<void> {
  // Folders and files get the modes that are asked for, whatever the caller's mask.
  process.umask(0o022);
  keepHeapSmall();
  if (process.getuid?.() !== 0) {
    throw new HostError('NEED_ROOT', 'the engine makes network namespaces and mounts, which needs root', {
      hint: 'run the command with sudo',
    });
  }
  if (isInChroot()) {
    throw new HostError(
      'ENGINE_IN_CHROOT',
      'in a chroot, what `exec` and health checks run would land outside of it',
      {
        hint: `make it a root of its own: ${OWN_ROOT}`,
      },
    );
  }
  const paths = pathsFor(options.root, options.runRoot);
  makeFolders(paths);
  const lock = tryLock(paths.lockFile);
  if (!lock) {
    throw new HostError('ENGINE_RUNNING', `another engine serves ${paths.root}`, {
      hint: 'berth engine status shows it; berth engine stop ends it',
    });
  }
  const claim = await claimNetworkNamespace(paths.root);
  const stopped = new StopSignal();
  try {
    const engine = await buildEngine({
      paths,
      version: options.version,
      fault: options.fault,
      stop: () => stopped.set(),
    });
    const api = await options.serve(engine, paths.socket);
    writeFileNow(paths.pidFile, `${String(process.pid)}\n`);
    if (options.detached) reportToParent('ready');
    const idle = options.detached ? new IdleWatch({ engine, api, leave: () => stopped.set() }) : undefined;
    await stopped.done;
    idle?.end();
    removeFileNow(paths.socket);
    await api.close();
    await engine.leases.closeAll();
    engine.release();
  } finally {
    removeFileNow(paths.pidFile);
    claim.release();
    lock.release();
  }
}

/** Resolves once: at `set`, SIGTERM or SIGINT. */
class StopSignal {
  readonly done: Promise<void>;
  #set: () => void = () => undefined;

  constructor() {
    this.done = new Promise((resolve) => (this.#set = resolve));
    process.once('SIGTERM', () => this.set());
    process.once('SIGINT', () => this.set());
  }

  set(): void {
    this.#set();
  }
}

function makeFolders(paths: Paths): void {
  makeFolderNow(paths.root, 0o711);
  makeFolderNow(paths.runRoot, 0o755);
  for (const folder of [paths.networks, paths.containers, paths.volumes, paths.images])
    makeFolderNow(folder, 0o711);
  for (const folder of [paths.namespaces, paths.runContainers, paths.live, paths.exits])
    makeFolderNow(folder, 0o711);
}

function errorLine(error: unknown): string {
  if (error instanceof BerthError) {
    const { code, message, hint } = error;
    return JSON.stringify({ code, message, hint });
  }
  return JSON.stringify({ code: 'BUG', message: error instanceof Error ? error.message : String(error) });
}
