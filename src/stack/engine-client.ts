import type Dockerode from 'dockerode';
import type { BuildAssessment, BuildEvent, BuildRequest } from '../model/build.ts';
import type { BerthError } from '../model/errors.ts';
import type { GrantedContent } from '../model/granted-content.ts';
import type { StepEvent } from '../model/progress.ts';
import type { DescribedStep } from '../model/action.ts';
import type { Operation } from '../model/plan.ts';

/** `{ label: ['a=b'] }`, as the Docker Engine API filters lists. */
export type Filters = Record<string, string[]>;

/**
 * What the verbs ask of an engine: dockerode's methods and values, so that Berth's own thin client, dockerode itself
 * or a fake in memory can stand here.
 */
export interface EngineClientLike {
  /** Present when the engine is Berth's own. */
  readonly berth?: BerthExtension | undefined;
  /** Operations of a plan that are done at once; 0 and less: no bound but one's own. */
  readonly operationsMax?: number;
  listContainers(options?: { all?: boolean; filters?: Filters }): Promise<Dockerode.ContainerInfo[]>;
  createContainer(
    options: Dockerode.ContainerCreateOptions,
  ): Promise<{ id: string; readonly warnings?: readonly string[] }>;
  getContainer(id: string): ContainerHandle;
  listNetworks(options?: { filters?: Filters }): Promise<Dockerode.NetworkInspectInfo[]>;
  createNetwork(options: Dockerode.NetworkCreateOptions): Promise<{ id: string; readonly warning?: string }>;
  getNetwork(id: string): NetworkHandle;
  listVolumes(options?: { filters?: Filters }): Promise<{ Volumes: Dockerode.VolumeInspectInfo[] }>;
  createVolume(options: Dockerode.VolumeCreateOptions): Promise<unknown>;
  getVolume(name: string): VolumeHandle;
  listImages(options?: { all?: boolean; filters?: Filters }): Promise<Dockerode.ImageInfo[]>;
  getImage(reference: string): ImageHandle;
  /** A stream of JSON lines. */
  pull(
    reference: string,
    options: {
      platform?: string;
      authconfig?: { username: string; password: string; serveraddress: string; identitytoken?: string };
      abortSignal?: AbortSignal;
    },
  ): Promise<NodeJS.ReadableStream>;
  getExec(id: string): ExecHandle;
  /** A stream of JSON objects, one a line. */
  getEvents(options?: {
    since?: number | string;
    until?: number | string;
    filters?: Filters;
    abortSignal?: AbortSignal;
  }): Promise<ByteStream>;
}

export type ByteStream = NodeJS.ReadableStream & { destroy(): unknown };

/** What Berth's engine says beyond Docker's API. */
export interface BerthExtension {
  /** Steps as they happen; ends when `signal` aborts. */
  progress(signal: AbortSignal): AsyncIterable<StepEvent>;
  /** What would keep operations from being done, by operation; nothing is changed. */
  preflight(operations: readonly Operation[]): Promise<readonly { id: number; error: BerthError }[]>;
  /** Gives a container the contents of its secrets and configs; with `onlyMissing` those that it has are kept. */
  giveFiles(
    container: string,
    files: readonly GrantedContent[],
    options: { readonly onlyMissing: boolean },
  ): Promise<void>;
  /** Builds an image; events as they come. Throws what the build failed with. */
  build(request: BuildRequest, signal: AbortSignal): AsyncIterable<BuildEvent>;
  /** Whether images are what their contexts would give now. */
  assessBuilds(builds: readonly BuildRequest[]): Promise<readonly BuildAssessment[]>;
  /** The host steps that operations would take. */
  expand(
    operations: readonly Operation[],
  ): Promise<readonly { id: number; steps: readonly DescribedStep[] }[]>;
}

export interface ContainerHandle {
  readonly id: string;
  inspect(): Promise<Dockerode.ContainerInspectInfo>;
  start(): Promise<unknown>;
  stop(options?: { t?: number; signal?: string }): Promise<unknown>;
  restart(options?: { t?: number }): Promise<unknown>;
  kill(options?: { signal?: string }): Promise<unknown>;
  pause(): Promise<unknown>;
  unpause(): Promise<unknown>;
  remove(options?: { v?: boolean; force?: boolean }): Promise<unknown>;
  rename(options: { name: string }): Promise<unknown>;
  wait(options?: {
    condition?: 'not-running' | 'next-exit' | 'removed';
    abortSignal?: AbortSignal;
  }): Promise<{ StatusCode: number }>;
  /** With `follow`, frames as they come; the framed bytes otherwise. */
  logs(options: LogsRequest & { follow: true }): Promise<ByteStream>;
  logs(options: LogsRequest & { follow?: false }): Promise<Buffer>;
  exec(options: Dockerode.ExecCreateOptions): Promise<ExecHandle>;
  /** Unpacks a tar into a folder. */
  putArchive(archive: NodeJS.ReadableStream, options: { path: string }): Promise<unknown>;
}

export interface LogsRequest {
  stdout: boolean;
  stderr: boolean;
  timestamps?: boolean;
  tail?: number;
  since?: number | string;
  until?: number | string;
  abortSignal?: AbortSignal;
}

export interface ExecHandle {
  readonly id: string;
  inspect(): Promise<Dockerode.ExecInspectInfo>;
  resize(options: { h: number; w: number }): Promise<unknown>;
  start(options: {
    hijack?: boolean;
    stdin?: boolean;
    Detach?: boolean;
    Tty?: boolean;
  }): Promise<NodeJS.ReadWriteStream>;
}

export interface NetworkHandle {
  inspect(): Promise<Dockerode.NetworkInspectInfo>;
  remove(): Promise<unknown>;
  connect(options: Dockerode.NetworkConnectOptions): Promise<unknown>;
  disconnect(options: { Container: string; Force?: boolean }): Promise<unknown>;
}

export interface VolumeHandle {
  inspect(): Promise<Dockerode.VolumeInspectInfo>;
  remove(options?: { force?: boolean }): Promise<unknown>;
}

export interface ImageHandle {
  inspect(): Promise<Dockerode.ImageInspectInfo>;
  remove(options?: { force?: boolean }): Promise<unknown>;
  tag(options: { repo: string; tag: string }): Promise<unknown>;
}

/** The HTTP status of an engine's refusal, whichever client brought it; 0 for anything else. */
export function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 0;
  const { statusCode, status } = error as { statusCode?: unknown; status?: unknown };
  if (typeof statusCode === 'number') return statusCode;
  return typeof status === 'number' ? status : 0;
}
