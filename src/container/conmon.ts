import { REPORT_FD, spawnReporting } from '../host/reporting-child.ts';
import type { ContainerPaths } from './paths.ts';
import type { Runtime } from './runtime.ts';

export interface MonitorRequest {
  readonly runtime: Runtime;
  readonly id: string;
  readonly name: string;
  readonly paths: ContainerPaths;
  readonly stateRoot: string;
  readonly exitsFolder: string;
  readonly logPath: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  /** Close the container's stdin when the first client that attached goes. */
  readonly stdinOnce: boolean;
  /** Bytes after which the log begins anew; 0: never. */
  readonly logBytesMax: number;
  /** Descriptor of the file that takes what conmon itself has to say. */
  readonly errorsFd: number;
}

/** A conmon that was spawned. */
export interface Monitor {
  /** What it reports once the runtime has created the container, or could not. */
  readonly report: Promise<MonitorReport>;
  /** When it is gone. */
  readonly gone: Promise<void>;
}

export interface MonitorReport {
  /** Host pid of the container's first process; -1 when there is none. */
  readonly pid: number;
  /** The runtime's words about a failure. */
  readonly message: string;
}

/** The command line of the monitor. */
export function monitorArgv(request: MonitorRequest): string[] {
  const { runtime, paths } = request;
  return [
    runtime.conmonPath,
    ...['--api-version', '1'],
    ...['--cid', request.id, '--cuuid', request.id, '--name', request.name],
    ...['--bundle', paths.bundle, '--full-attach'],
    ...['--runtime', runtime.path],
    ...runtimeOptions(runtime, request.stateRoot).flatMap((option) => ['--runtime-arg', option]),
    ...['--container-pidfile', paths.pidFile, '--conmon-pidfile', paths.conmonPidFile],
    ...['--exit-dir', request.exitsFolder, '--persist-dir', paths.folder],
    ...['--log-path', `k8s-file:${request.logPath}`, '--no-sync-log'],
    ...(request.logBytesMax > 0 ? ['--log-size-max', String(request.logBytesMax)] : []),
    ...(request.tty ? ['--terminal'] : []),
    ...(request.stdin ? ['--stdin'] : []),
    // A terminal is input and output in one: a client that goes must not take it away.
    ...(request.stdin && (!request.stdinOnce || request.tty) ? ['--leave-stdin-open'] : []),
  ];
}

/** The options that every call of the runtime starts with. */
export function runtimeOptions(runtime: Runtime, stateRoot: string): string[] {
  const root = ['--root', stateRoot];
  return runtime.name === 'crun' ? [...root, '--cgroup-manager=cgroupfs'] : root;
}

/**
 * Starts the monitor, which starts the runtime. Synchronous, so that both are born in the thread's mount namespace.
 * The pipe for its report stays open for its life: its end tells that the monitor is gone, without a watch.
 */
export function spawnMonitor(request: MonitorRequest): Monitor {
  const { report, gone } = spawnReporting(monitorArgv(request), {
    errorsFd: request.errorsFd,
    env: { PATH: SYSTEM_PATH, _OCI_SYNCPIPE: String(REPORT_FD) },
    // conmon marks the death of a container for want of memory with a file `oom` where it stands.
    cwd: request.paths.folder,
  });
  return { report: report.then(parseReport), gone };
}

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** One line: `{"pid": 7}` or `{"data": 7}`, with `"message"` when it failed. */
export function parseReport(line: string): MonitorReport {
  try {
    const value = JSON.parse(line) as { pid?: number; data?: number; message?: string };
    return { pid: value.pid ?? value.data ?? -1, message: value.message ?? '' };
  } catch {
    return { pid: -1, message: line.trim() };
  }
}
