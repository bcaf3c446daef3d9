import { availableParallelism } from 'node:os';
import { shellLine } from '../host/exec.ts';
import { makeFolderNow, readJson, readText } from '../host/files.ts';
import {
  closeNow,
  fileFacts,
  openForAppend,
  removeFileNow,
  removeFolderNow,
  writeFileNow,
  writeToExisting,
} from '../host/files-now.ts';
import { identifyProcess, isAlive, signalProcess, type ProcessIdentity } from '../host/processes.ts';
import { logLimitsOf } from '../model/log-limits.ts';
import type { ContainerRecord } from '../model/container.ts';
import { makeBundleFolders, removeBundle, writeBundle } from './bundle.ts';
import { ownHierarchies, removeCgroup, type Hierarchy } from './cgroups.ts';
import { findMonitor, monitorGone } from './monitor-process.ts';
import { monitorArgv, spawnMonitor, type Monitor, type MonitorRequest } from './conmon.ts';
import { containerNotRunning } from './errors.ts';
import { startExec, type ContainerExec, type ExecRequest } from './exec.ts';
import { readExit, type ContainerExit } from './exit-file.ts';
import { diskNumbers } from './oci-devices.ts';
import { placeImages, type MountedImage } from './mounted-images.ts';
import type { NamespaceJoins } from './oci-spec.ts';
import type { GrantedFileMount } from './oci-mounts.ts';
import { ociResourcesFor } from './oci-resources.ts';
import type { OciSpec } from './oci-types.ts';
import { containerPaths, exitsFolder, runtimeStateRoot, type ContainerPaths } from './paths.ts';
import { inPrivateMounts, mountOverlay } from './private-mounts.ts';
import type { Runtime } from './runtime.ts';
import { runRuntime } from './runtime-command.ts';
import { SharedMounts } from './shared-mounts.ts';
import { SeccompCache } from './seccomp-cache.ts';
import { startErrorFor } from './start-errors.ts';
import { Turnstile } from './turnstile.ts';
import { allProcessesIn, readUsage, type ContainerUsage } from './usage.ts';

export interface CreateRequest {
  readonly container: ContainerRecord;
  /** Lower folders of the overlay, highest first; `['/']` for the machine's own root filesystem. */
  readonly layers: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly logPath: string;
  /** Path of the network namespace; undefined: the engine's own (host mode). */
  readonly netnsPath?: string | undefined;
  /** Host paths of the three files, already written; empty: the image's own. */
  readonly files: { readonly hosts: string; readonly hostname: string; readonly resolvConf: string };
  /** Host file → path in the container, shown there read-only. */
  readonly grantedFiles?: readonly GrantedFileMount[] | undefined;
  readonly images?: readonly MountedImage[] | undefined;
  readonly joins?: NamespaceJoins | undefined;
  /** Paths to hide inside: the state root and run root, for the machine's own root filesystem. */
  readonly hiddenPaths?: readonly string[] | undefined;
}

export interface CreatedContainer {
  /** Host pid of the first process, which waits for `start`. */
  readonly pid: number;
  /** What could not be had as asked. */
  readonly warnings: readonly string[];
}

/** What a new engine finds of a container that an earlier one created. */
export interface FoundContainer {
  readonly pid: number;
  readonly running: boolean;
  /** How it ended, when it ended while no engine watched. */
  readonly exit?: ContainerExit | undefined;
}

/** Makes, starts, signals and removes containers: one conmon with one runtime each, in mounts of its own. */
export class ContainerDriver {
  readonly runtime: Runtime;
  readonly #runRoot: string;
  readonly #cgroupParent: string;
  readonly #hierarchies: readonly Hierarchy[];
  readonly #seccomp: SeccompCache;
  readonly #creations = new Turnstile(Math.max(2, availableParallelism()));
  readonly #live = new Map<string, LiveContainer>();
  readonly #errorsFd: number;
  #creating = 0;

  constructor(options: {
    readonly runtime: Runtime;
    readonly runRoot: string;
    /** One word; the containers' cgroups are `/<cgroupParent>/<id>`. */
    readonly cgroupParent: string;
  }) {
    this.runtime = options.runtime;
    this.#runRoot = options.runRoot;
    this.#cgroupParent = options.cgroupParent;
    this.#hierarchies = ownHierarchies();
    this.#seccomp = new SeccompCache({ folder: `${options.runRoot}/seccomp`, runtime: options.runtime });
    for (const folder of [runtimeStateRoot(options.runRoot), exitsFolder(options.runRoot)])
      makeFolderNow(folder, 0o700);
    this.#errorsFd = openForAppend(`${options.runRoot}/conmon.log`);
  }

  /**
   * Creates the container; its process waits for `start`.
   * Throws ServiceError CONTAINER_COMMAND_NOT_FOUND, CONTAINER_COMMAND_NOT_EXECUTABLE; HostError
   * CONTAINER_START_FAILED with the runtime's words; EngineError for a user, capability or option that cannot be.
   */
  async create(request: CreateRequest): Promise<CreatedContainer> {
    this.#creating += 1;
    try {
      return await this.#creations.pass(() => this.#create(request));
    } finally {
      this.#creating -= 1;
      this.#removeEmptyParent();
    }
  }

  /** Lets the process of a created container go. */
  async start(id: string): Promise<void> {
    const fifo = `${this.#paths(id).runtimeState}/exec.fifo`;
    // What `crun start` does, without the 2 ms of its process: one byte for the process that waits there.
    if (this.runtime.name === 'crun' && fileFacts(fifo)?.kind === 'pipe') {
      writeToExisting(fifo, Buffer.from([0]));
      removeFileNow(fifo);
      return;
    }
    await this.#run(['start', id]);
  }

  /** Sends a signal to the first process. False when it is gone already. */
  signal(id: string, signal: NodeJS.Signals | number): boolean {
    const live = this.#live.get(id);
    return live?.process !== undefined && signalProcess(live.process, signal);
  }

  isRunning(id: string): boolean {
    return this.pid(id) !== 0;
  }

  /** Host pid of the first process; 0 when it does not run. */
  pid(id: string): number {
    const first = this.#live.get(id)?.process;
    return first && isAlive(first) ? first.pid : 0;
  }

  /** Runs a command in a running container. Throws EngineError CONTAINER_NOT_RUNNING, CONTAINER_USER_UNKNOWN. */
  async exec(request: ExecRequest): Promise<ContainerExec> {
    const { id } = request.container;
    const pid = this.pid(id);
    if (pid === 0) throw containerNotRunning(id);
    const { folder } = this.#paths(id);
    const stateRoot = runtimeStateRoot(this.#runRoot);
    return startExec({ runtime: this.runtime, stateRoot, folder, pid }, request);
  }

  async pause(id: string): Promise<void> {
    if (!this.isRunning(id)) throw containerNotRunning(id);
    await this.#run(['pause', id]);
  }

  async unpause(id: string): Promise<void> {
    if (!this.isRunning(id)) throw containerNotRunning(id);
    await this.#run(['resume', id]);
  }

  /** Host pids of all its processes. */
  processes(id: string): number[] {
    return allProcessesIn(this.#cgroup(id), this.#hierarchies);
  }

  /** What a running container uses. */
  usage(id: string): ContainerUsage {
    return readUsage({ path: this.#cgroup(id), hierarchies: this.#hierarchies, pid: this.pid(id) });
  }

  /** Sets the limits of a running container to those of its record. Throws HostError with the runtime's words. */
  async updateLimits({ id, spec }: ContainerRecord): Promise<void> {
    const { cgroupVersion, swapLimit } = this.runtime;
    const { resources } = spec;
    const request = { resources, privileged: true, devices: [], cgroupVersion, swapLimit, diskNumbers };
    const limits = { ...ociResourcesFor(request), devices: undefined };
    const file = `${this.#paths(id).folder}/limits.json`;
    writeFileNow(file, JSON.stringify(limits), 0o600);
    try {
      await this.#run(['update', '--resources', file, id]);
    } finally {
      removeFileNow(file);
    }
  }

  /**
   * Removes everything of the container but its upper layer, its log and the files the engine wrote: processes that
   * are left, cgroups, the runtime's state, the bundle, the exit file. Resolves when its monitor is gone too, so that
   * the overlay may be mounted again. Safe to repeat; a container that was never created is no error.
   */
  async delete(id: string): Promise<void> {
    const paths = this.#paths(id);
    const live = this.#live.get(id) ?? this.#remembered(id) ?? this.#halfMade(id);
    if (live.process) signalProcess(live.process, 'SIGKILL');
    else if (live.monitor) await this.#endHalfMade(id, live.monitor);
    await monitorGone(live);
    if (!removeCgroup(this.#cgroup(id), this.#hierarchies)) await this.#deleteByForce(id);
    removeBundle(paths);
    removeFileNow(paths.exitFile);
    this.#live.delete(id);
    this.#removeEmptyParent();
  }

  /** Takes up a container of an earlier engine; undefined when nothing of it is there. */
  adopt(id: string): FoundContainer | undefined {
    const remembered = this.#remembered(id);
    const exit = readExit(this.#paths(id));
    if (!remembered?.process) return exit && { pid: 0, running: false, exit };
    this.#live.set(id, remembered);
    const running = isAlive(remembered.process);
    return { pid: running ? remembered.process.pid : 0, running, ...(exit && !running ? { exit } : {}) };
  }

  /** Lets go of the driver's own descriptor; containers go on. */
  close(): void {
    closeNow(this.#errorsFd);
  }

  async #create(request: CreateRequest): Promise<CreatedContainer> {
    const { container, upper, work } = request;
    const paths = this.#paths(container.id);
    makeBundleFolders(paths, { upper, work });
    try {
      const { monitor, monitorRequest, bundle } = this.#spawn(request, paths);
      const report = await monitor.report;
      const identity = identifyProcess(report.pid);
      if (report.pid <= 0 || identity === undefined)
        throw startErrorFor({
          container: container.spec.name,
          program: container.process.argv[0] ?? '',
          message: report.message || readText(`${this.#runRoot}/conmon.log`)?.trim().split('\n').at(-1) || '',
          command: shellLine(monitorArgv(monitorRequest)),
        });
      this.#remember(container.id, {
        paths,
        process: identity,
        monitor: findMonitor(paths, container.id),
        gone: monitor.gone,
        cgroup: this.#cgroupFor(container),
      });
      this.#seccomp.learn(bundle.spec, paths.runtimeState);
      return { pid: report.pid, warnings: bundle.warnings };
    } catch (error) {
      await this.delete(container.id);
      throw error;
    }
  }

  #spawn(
    request: CreateRequest,
    paths: ContainerPaths,
  ): {
    monitor: Monitor;
    monitorRequest: MonitorRequest;
    bundle: { spec: OciSpec; warnings: readonly string[] };
  } {
    const { container } = request;
    const monitorRequest = this.#monitorRequest(request, paths);
    const shared = new SharedMounts(container.mounts, request.joins?.sharedMemoryOf);
    try {
      return inPrivateMounts({
        hideUnified: this.runtime.hideUnified,
        spawn: () => {
          mountOverlay({ ...request, target: paths.rootfs });
          const mounts = placeImages(shared.place(container.mounts, paths.bundle), {
            images: request.images ?? [],
            bundle: paths.bundle,
          });
          const bundle = writeBundle({
            ...request,
            container: { ...container, mounts },
            joins: { ...request.joins, ...sharedMemory(shared.placeSharedMemory(paths.bundle)) },
            paths,
            runtime: this.runtime,
            seccomp: this.#seccomp,
            cgroupsPath: this.#cgroupFor(container),
          });
          return { monitor: spawnMonitor(monitorRequest), monitorRequest, bundle };
        },
      });
    } finally {
      shared.close();
    }
  }

  #monitorRequest({ container, logPath }: CreateRequest, paths: ContainerPaths): MonitorRequest {
    const { spec, id } = container;
    return {
      id,
      paths,
      logPath,
      runtime: this.runtime,
      name: spec.name,
      stateRoot: runtimeStateRoot(this.#runRoot),
      exitsFolder: exitsFolder(this.#runRoot),
      tty: spec.tty,
      stdin: spec.openStdin,
      stdinOnce: spec.stdinOnce,
      logBytesMax: logLimitsOf(spec.logDriver, spec.logOptions).bytesMax,
      errorsFd: this.#errorsFd,
    };
  }

  #remember(id: string, live: LiveContainer): void {
    this.#live.set(id, live);
    const { process, monitor, cgroup } = live;
    writeFileNow(
      live.paths.state,
      JSON.stringify({ process, monitor, cgroup } satisfies RememberedContainer),
      0o600,
    );
  }

  #remembered(id: string): LiveContainer | undefined {
    const paths = this.#paths(id);
    const found = readJson<RememberedContainer>(paths.state);
    return found && { ...found, paths };
  }

  /** What is there of a container whose engine died while it was made. */
  #halfMade(id: string): LiveContainer {
    const paths = this.#paths(id);
    if (fileFacts(paths.folder) === undefined) return { paths };
    return { paths, monitor: findMonitor(paths, id) };
  }

  /** Its runtime may be at work still: what it makes next is removed at the next try. */
  async #endHalfMade(id: string, monitor: ProcessIdentity): Promise<void> {
    for (let tries = 0; tries < HALF_MADE_TRIES_MAX && isAlive(monitor); tries += 1) {
      await this.#deleteByForce(id);
      await new Promise((resolve) => setTimeout(resolve, HALF_MADE_PAUSE_MS));
    }
  }

  async #deleteByForce(id: string): Promise<void> {
    await this.#run(['delete', '--force', id], { allowFailure: true });
    removeCgroup(this.#cgroup(id), this.#hierarchies);
  }

  async #run(args: readonly string[], options: { readonly allowFailure?: boolean } = {}): Promise<void> {
    await runRuntime({ runtime: this.runtime, stateRoot: runtimeStateRoot(this.#runRoot) }, args, options);
  }

  /** The parent goes with the last container. Synchronous: no creation can come in between. */
  #removeEmptyParent(): void {
    if (this.#creating > 0) return;
    for (const { mountPoint } of this.#hierarchies) removeFolderNow(`${mountPoint}/${this.#cgroupParent}`);
  }

  #paths(id: string): ContainerPaths {
    return containerPaths(this.#runRoot, id);
  }

  #cgroup(id: string): string {
    const live = this.#live.get(id) ?? this.#remembered(id);
    return live?.cgroup ?? `/${this.#cgroupParent}/${id}`;
  }

  /** `cgroup_parent` is a path below the root of every hierarchy. */
  #cgroupFor({ id, spec }: ContainerRecord): string {
    const parent = spec.security.cgroupParent.split('/').filter((part) => !['', '.', '..'].includes(part));
    return `/${parent.length > 0 ? parent.join('/') : this.#cgroupParent}/${id}`;
  }
}

const HALF_MADE_TRIES_MAX = 20;
const HALF_MADE_PAUSE_MS = 20;

interface RememberedContainer {
  readonly process?: ProcessIdentity | undefined;
  readonly monitor?: ProcessIdentity | undefined;
  readonly cgroup?: string | undefined;
}

interface LiveContainer extends RememberedContainer {
  readonly paths: ContainerPaths;
  /** Absent for a container of an earlier engine. */
  readonly gone?: Promise<void>;
}

function sharedMemory(path: string | undefined): { sharedMemory?: string } {
  return path === undefined ? {} : { sharedMemory: path };
}
