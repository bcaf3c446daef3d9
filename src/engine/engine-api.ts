import type { Artifact } from '../model/artifact.ts';
import type { ContainerRecord, ContainerSpec } from '../model/container.ts';
import type { EndpointRecord, EndpointSettings, NetworkRecord, NetworkSpec } from '../model/network.ts';
import type { ImageRecord, VolumeRecord } from '../model/image.ts';
import type {
  EngineInfo,
  EngineStatus,
  ExpandedOperation,
  FileChange,
  FileChangeResult,
  PreflightProblem,
} from '../model/engine.ts';
import type { BuildApi } from './build-service.ts';
import type { PathFacts, TakeArchive } from './container-archive.ts';
import type { ProcessTable, UsageSample } from './insight.ts';
import type { ContainerChange } from './update-container.ts';
import type { ContainerSizes } from './container-sizes.ts';
import type { Fault } from '../model/fault.ts';
import type { LeaseGrant } from '../model/lease.ts';
import type { StepEvent } from '../model/progress.ts';
import type { TransferEvent } from '../model/transfer.ts';
import type { TraceReport, TraceRequest } from '../model/trace.ts';

export type {
  EngineInfo,
  EngineStatus,
  ExpandedOperation,
  FileChange,
  FileChangeResult,
  PreflightProblem,
} from '../model/engine.ts';

export type { BuildApi, BuildOptions } from './build-service.ts';
export type { CommitRequest } from './commit.ts';
export type { PathFacts, TakeArchive } from './container-archive.ts';
export type { ProcessTable, UsageSample } from './insight.ts';
export type { ContainerChange } from './update-container.ts';

/** What the API room may ask of the engine. Errors are `EngineError`s with an HTTP status and Docker's words. */
export interface EngineApi {
  readonly info: EngineInfo;
  readonly builds: BuildApi;
  status(): EngineStatus;

  createNetwork(spec: NetworkSpec): Promise<{ id: string; warning: string }>;
  removeNetwork(idOrName: string): Promise<void>;
  listNetworks(): readonly NetworkRecord[];
  /** By full id, exact name, or unique id prefix. */
  findNetwork(idOrName: string): NetworkRecord;
  /** A client may use the gateway of the default bridge to reach published ports. */
  knowDefaultBridge(): void;
  /** Endpoints of running containers on a network. */
  endpointsOf(networkId: string): readonly { container: ContainerRecord; endpoint: EndpointRecord }[];
  connect(network: string, container: string, settings: EndpointSettings): Promise<void>;
  disconnect(network: string, container: string, force: boolean): Promise<void>;
  pruneNetworks(accepts: (network: NetworkRecord) => boolean): Promise<readonly string[]>;

  createContainer(spec: ContainerSpec): Promise<{ id: string; warnings: readonly string[] }>;
  startContainer(idOrName: string): Promise<'started' | 'already'>;
  /** `timeoutSeconds` undefined: the container's own; -1: wait for ever. */
  stopContainer(
    idOrName: string,
    options: { timeoutSeconds?: number; signal?: string },
  ): Promise<'stopped' | 'already'>;
  restartContainer(idOrName: string, options: { timeoutSeconds?: number; signal?: string }): Promise<void>;
  killContainer(idOrName: string, signal: string): Promise<void>;
  pauseContainer(idOrName: string): Promise<void>;
  unpauseContainer(idOrName: string): Promise<void>;
  removeContainer(idOrName: string, options: { force: boolean; volumes: boolean }): Promise<void>;
  renameContainer(idOrName: string, name: string): Promise<void>;
  /** Takes a legacy link away, by `owner/alias`. */
  removeLink(path: string): Promise<void>;
  containerSizes(idOrName: string): Promise<ContainerSizes>;
  listContainers(): readonly ContainerRecord[];
  /** By full id, exact name (with or without a leading slash), or unique id prefix. */
  findContainer(idOrName: string): ContainerRecord;
  /** Resolves with the exit code. `next-exit`, `removed`, `not-running`. */
  waitContainer(idOrName: string, condition: string, signal: AbortSignal): Promise<number>;
  logs(idOrName: string, options: LogOptions): AsyncIterable<LogChunk>;
  /** Before the start or while it runs; output begins at the moment of the call. */
  attachContainer(idOrName: string, options: AttachOptions): AttachSession;
  /** Sets the size of a running container's terminal. */
  resizeContainer(idOrName: string, rows: number, columns: number): void;
  /** What a container uses, once a second until `signal`. */
  sampleUsage(idOrName: string, signal: AbortSignal): AsyncIterable<UsageSample>;
  /** Its processes, as `ps` with these arguments prints them. */
  listProcesses(idOrName: string, psArguments: readonly string[]): Promise<ProcessTable>;
  /** Changes limits and restart policy. */
  updateContainer(idOrName: string, change: ContainerChange): Promise<void>;
  /** What stands at a path of the container, which need not run. */
  statPath(idOrName: string, path: string): Promise<PathFacts>;
  readArchive(idOrName: string, request: { path: string; take: TakeArchive }): Promise<void>;
  /** Unpacks a tar into a folder. `keepKinds`: refuse to put a file where a folder is, and the other way round. */
  writeArchive(
    idOrName: string,
    request: { path: string; source: AsyncIterable<Uint8Array>; keepKinds: boolean },
  ): Promise<void>;
  /** Gives a container the contents of its secrets and configs, which stay in memory. */
  giveFiles(
    idOrName: string,
    files: readonly { readonly target: string; readonly content: Buffer }[],
    options: { readonly onlyMissing: boolean },
  ): void;
  /** Copies files of the machine into a container, each as a whole; those that fail are told. */
  changeFiles(idOrName: string, changes: readonly FileChange[]): Promise<FileChangeResult>;
  /** All files of the container itself, without what is mounted into it. */
  exportRootfs(idOrName: string, take: (tar: AsyncIterable<Buffer>) => Promise<void>): Promise<void>;
  /** Path of the network namespace file; empty for host mode. */
  sandboxKey(container: ContainerRecord): string;

  createExec(idOrName: string, spec: ExecSpec): string;
  startExec(execId: string, options: { tty: boolean; rows?: number; columns?: number }): Promise<ExecSession>;
  inspectExec(execId: string): ExecRecord;
  /** Ids of the execs of a container that have not ended. */
  openExecs(containerId: string): readonly string[];
  resizeExec(execId: string, rows: number, columns: number): void;

  listVolumes(): readonly VolumeRecord[];
  findVolume(name: string): VolumeRecord;
  createVolume(request: {
    name: string;
    driver: string;
    options: Record<string, string>;
    labels: Record<string, string>;
  }): Promise<VolumeRecord>;
  removeVolume(name: string, force: boolean): Promise<void>;
  pruneVolumes(
    accepts: (volume: VolumeRecord) => boolean,
  ): Promise<{ removed: readonly string[]; freedBytes: number }>;

  readonly registry: RegistryApi;

  listImages(): readonly ImageRecord[];
  findImage(reference: string): ImageRecord;
  removeImage(reference: string, force: boolean): Promise<readonly { untagged?: string; deleted?: string }[]>;
  tagImage(reference: string, target: string): Promise<void>;
  /** A `docker save` or OCI archive. Yields one line of text for each image loaded. */
  loadImages(archive: NodeJS.ReadableStream): AsyncIterable<string>;
  /** A tar of a root filesystem. Resolves with the image id. */
  importImage(
    archive: NodeJS.ReadableStream,
    options: { reference: string; changes: readonly string[]; message: string },
  ): Promise<string>;

  /** Docker events since the engine started; `follow` from now on. */
  events(signal: AbortSignal): AsyncIterable<EngineEvent>;
  /** Steps as they happen. */
  progress(signal: AbortSignal): AsyncIterable<StepEvent>;
  /** The host steps that the operations would take, run against a copy of the state; nothing is changed. */
  expand(operations: readonly ExpandRequest[]): Promise<readonly ExpandedOperation[]>;
  /** What would keep the operations from being done, each with the id of its operation; nothing is changed. */
  preflight(operations: readonly ExpandRequest[]): Promise<readonly PreflightProblem[]>;
  /** Follows a packet from one place to another, and says where it gets. */
  trace(request: TraceRequest): Promise<TraceReport>;
  /** Stacks that live as long as somebody holds them. */
  readonly leases: LeaseApi;
  /** Counts a client as present, so that the engine does not leave; call the result when it is gone. */
  hold(): () => void;
  /** Ends the engine; containers go on. */
  stop(): Promise<void>;
}

/** See `LeaseService`, where each is told. */
export interface LeaseApi {
  open(key: string | undefined, signal: AbortSignal): Promise<LeaseGrant | undefined>;
  ready(lease: string): void;
  close(lease: string): Promise<void>;
  setFaults(lease: string, faults: readonly Fault[]): Promise<void>;
}

/** Images that come from registries and go there. */
export interface RegistryApi {
  /** The first event comes when the registry has shown that it has the image. `platform` empty: this machine's. */
  pull(request: ImageTransfer & { readonly platform: string }): Promise<void>;
  /** Without a tag in the reference: every tag of it. */
  push(request: ImageTransfer): Promise<void>;
  /** Resolves when the registry (`docker.io`, `host[:port]`) takes the login. */
  login(registry: string, credentials: RegistryCredentials, signal: AbortSignal): Promise<void>;
  /** What a name stands for in its registry. */
  inspect(
    name: string,
    credentials: RegistryCredentials,
    signal: AbortSignal,
  ): Promise<{
    descriptor: { mediaType: string; digest: string; sizeBytes: number };
    platforms: readonly { os: string; architecture: string; variant: string }[];
  }>;
  /** Brings what is no image to the registry that its reference names. */
  publish(
    artifact: Artifact,
    credentials: RegistryCredentials,
    signal: AbortSignal,
  ): Promise<{ readonly digest: string }>;
  /** Takes away what broken-off pulls have left to go on from. Resolves with the bytes. */
  forgetPartial(): Promise<number>;
  /** A tar for `docker load`. Throws at once for names that are not there. */
  save(names: readonly string[]): AsyncIterable<Uint8Array>;
}

export interface ImageTransfer {
  readonly reference: string;
  readonly credentials: RegistryCredentials;
  /** The client is gone. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: TransferEvent) => void;
}

/** Who asks a registry; members that are not said are empty. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
  readonly identityToken: string;
  readonly registryToken: string;
}

export interface LogOptions {
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly follow: boolean;
  /** Undefined: all lines. */
  readonly tail?: number;
  readonly sinceNs?: bigint;
  readonly untilNs?: bigint;
  readonly signal: AbortSignal;
}

export interface LogChunk {
  readonly stream: 'stdout' | 'stderr';
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** One line with its newline, or a part of a long line without. */
  readonly data: Buffer;
}

export interface AttachOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** What was written before comes first. */
  readonly logs: boolean;
  /** Go on until the process ends. */
  readonly stream: boolean;
  /** The client is gone. */
  readonly signal: AbortSignal;
}

/** A client at a container's first process. The container goes on without it. */
export interface AttachSession {
  readonly tty: boolean;
  /** Absent when the client or the container wants none. Its end closes the process's stdin under `stdinOnce`. */
  readonly stdin: NodeJS.WritableStream | undefined;
  /** Both streams in the order of writing; ends with the process. */
  readonly output: AsyncIterable<LogChunk>;
}

export interface ExecSpec {
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly user: string;
  readonly workingDir: string;
  readonly tty: boolean;
  readonly attachStdin: boolean;
  readonly attachStdout: boolean;
  readonly attachStderr: boolean;
  readonly privileged: boolean;
  readonly detachKeys: string;
}

export interface ExecRecord {
  readonly id: string;
  readonly containerId: string;
  readonly spec: ExecSpec;
  readonly running: boolean;
  /** Undefined until it ended. */
  readonly exitCode: number | undefined;
  readonly pid: number;
}

/** A started exec. With a TTY, output comes on stdout only. */
export interface ExecSession {
  readonly stdin: NodeJS.WritableStream | undefined;
  readonly stdout: NodeJS.ReadableStream;
  readonly stderr: NodeJS.ReadableStream | undefined;
  readonly exit: Promise<number>;
  /** Host pid of the command; 0 before it runs. */
  readonly pid: number;
  /** Why it cannot be started at all, in Docker's words; undefined when it can be tried. */
  readonly refusal?: string;
  /** Resolves when the command runs, or will not. */
  started(): Promise<unknown>;
  resize(rows: number, columns: number): void;
}

export interface EngineEvent {
  readonly type: 'container' | 'network' | 'volume' | 'image';
  /** `create`, `start`, `die`, `health_status: healthy`, `connect`, … */
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
}

/** An operation in the words of the plan, with the spec that the API room made of its body. */
export type ExpandRequest =
  | { readonly id: number; readonly kind: 'create-network'; readonly spec: NetworkSpec }
  | { readonly id: number; readonly kind: 'remove-network'; readonly name: string }
  | {
      readonly id: number;
      readonly kind: 'create-container';
      readonly spec: ContainerSpec;
      /** Its image is yet to come, and another stands in its place: what is in it says nothing. */
      readonly standIn?: boolean;
    }
  | { readonly id: number; readonly kind: 'start-container' | 'stop-container'; readonly name: string }
  | { readonly id: number; readonly kind: 'rename-container'; readonly name: string; readonly to: string }
  | {
      readonly id: number;
      readonly kind: 'connect-network';
      readonly name: string;
      readonly network: string;
      readonly settings: EndpointSettings;
    }
  | {
      readonly id: number;
      readonly kind: 'remove-container';
      readonly name: string;
      readonly volumes: boolean;
    }
  | {
      readonly id: number;
      readonly kind: 'create-volume';
      readonly name: string;
      readonly driver: string;
      readonly options: Record<string, string>;
      readonly labels: Record<string, string>;
    }
  | { readonly id: number; readonly kind: 'remove-volume'; readonly name: string };
