import type { ContainerRecord, ContainerSpec } from '../model/container.ts';
import { EngineError } from '../model/errors.ts';
import type { ImageRecord, VolumeRecord } from '../model/image.ts';
import type { EndpointRecord, EndpointSettings, NetworkRecord, NetworkSpec } from '../model/network.ts';
import type { StepEvent } from '../model/progress.ts';
import type { TraceReport, TraceRequest } from '../model/trace.ts';
import { changeFiles } from './container-files.ts';
import { exportRootfs, readArchive, statPath, writeArchive } from './container-archive.ts';
import { removeLink } from './container-links.ts';
import { containerSizes, type ContainerSizes } from './container-sizes.ts';
import { attachContainer, resizeTerminal } from './container-attach.ts';
import type { BuildApi } from './build-service.ts';
import type {
  AttachOptions,
  AttachSession,
  ContainerChange,
  EngineApi,
  EngineEvent,
  EngineInfo,
  EngineStatus,
  ExecRecord,
  ExecSession,
  ExecSpec,
  ExpandedOperation,
  ExpandRequest,
  FileChange,
  FileChangeResult,
  LogChunk,
  LogOptions,
  PreflightProblem,
  PathFacts,
  ProcessTable,
  RegistryApi,
  TakeArchive,
  UsageSample,
} from './engine-api.ts';
import { listProcesses, sampleUsage } from './insight.ts';
import type { LeaseService } from './lease-service.ts';
import { containerLogs } from './logs.ts';
import { PREDEFINED } from './network-service.ts';
import { sandboxPathFor } from './operations/container-steps.ts';
import { contextFor } from './core.ts';
import type { EngineParts } from './engine-parts.ts';
import { preflight } from './preflight.ts';
import { expandOperations } from './preview.ts';
import { traceWithProbe } from './trace/index.ts';
import { updateContainer } from './update-container.ts';

/** The engine of one state root: the single writer of its kernel and disk state. Each method hands on to a service. */
export class Engine implements EngineApi {
  readonly builds: BuildApi;
  readonly #parts: EngineParts;
  #holds = 0;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.builds = parts.builds;
  }

  get info(): EngineInfo {
    return { ...this.#parts.info, runtime: this.#parts.runtimeName() };
  }

  status(): EngineStatus {
    const { state, images } = this.#parts.core;
    return {
      ...this.info,
      containers: state.containers.size,
      containersRunning: state.live.size,
      networks: state.networks.size,
      images: images.list().length,
    };
  }

  get leases(): LeaseService {
    return this.#parts.leases;
  }

  createNetwork(spec: NetworkSpec): Promise<{ id: string; warning: string }> {
    return this.#parts.leases.admit(spec.labels, () => this.#parts.networks.create(spec));
  }

  removeNetwork(idOrName: string): Promise<void> {
    return this.#parts.networks.remove(idOrName);
  }

  listNetworks(): readonly NetworkRecord[] {
    return [...this.#parts.core.state.networks.values()];
  }

  knowDefaultBridge(): void {
    this.#parts.defaultBridge.makeKnown();
  }

  findNetwork(idOrName: string): NetworkRecord {
    return this.#parts.core.state.findNetwork(idOrName);
  }

  endpointsOf(networkId: string): { container: ContainerRecord; endpoint: EndpointRecord }[] {
    return this.#parts.core.state.endpointsOf(networkId, { liveOnly: true });
  }

  connect(network: string, container: string, settings: EndpointSettings): Promise<void> {
    return this.#parts.attachments.connect(network, container, settings);
  }

  async disconnect(network: string, container: string, force: boolean): Promise<void> {
    await this.#parts.attachments.disconnect(network, container, force);
    await this.#parts.defaultBridge.rest();
  }

  pruneNetworks(accepts: (network: NetworkRecord) => boolean): Promise<readonly string[]> {
    return this.#parts.networks.prune(accepts);
  }

  createContainer(spec: ContainerSpec): Promise<{ id: string; warnings: readonly string[] }> {
    return this.#parts.leases.admit(spec.labels, () => this.#parts.containers.create(spec));
  }

  startContainer(idOrName: string): Promise<'started' | 'already'> {
    return this.#parts.lifecycle.start(idOrName);
  }

  stopContainer(
    idOrName: string,
    options: { timeoutSeconds?: number; signal?: string },
  ): Promise<'stopped' | 'already'> {
    return this.#parts.lifecycle.stop(idOrName, options);
  }

  restartContainer(idOrName: string, options: { timeoutSeconds?: number; signal?: string }): Promise<void> {
    return this.#parts.lifecycle.restart(idOrName, options);
  }

  killContainer(idOrName: string, signal: string): Promise<void> {
    return this.#parts.lifecycle.kill(idOrName, signal);
  }

  pauseContainer(idOrName: string): Promise<void> {
    return this.#parts.lifecycle.pause(idOrName);
  }

  unpauseContainer(idOrName: string): Promise<void> {
    return this.#parts.lifecycle.unpause(idOrName);
  }

  async removeContainer(idOrName: string, options: { force: boolean; volumes: boolean }): Promise<void> {
    await this.#parts.containers.remove(idOrName, options);
    await this.#parts.defaultBridge.rest();
  }

  renameContainer(idOrName: string, name: string): Promise<void> {
    return this.#parts.containers.rename(idOrName, name);
  }

  listContainers(): readonly ContainerRecord[] {
    return [...this.#parts.core.state.containers.values()];
  }

  findContainer(idOrName: string): ContainerRecord {
    return this.#parts.core.state.findContainer(idOrName);
  }

  waitContainer(idOrName: string, condition: string, signal: AbortSignal): Promise<number> {
    return this.#parts.lifecycle.wait(idOrName, condition, signal);
  }

  logs(idOrName: string, options: LogOptions): AsyncIterable<LogChunk> {
    return containerLogs(this.#parts.core, idOrName, options);
  }

  attachContainer(idOrName: string, options: AttachOptions): AttachSession {
    return attachContainer(this.#parts.core, idOrName, options);
  }

  resizeContainer(idOrName: string, rows: number, columns: number): void {
    resizeTerminal(this.#parts.core, idOrName, { rows, columns });
  }

  sampleUsage(idOrName: string, signal: AbortSignal): AsyncIterable<UsageSample> {
    return sampleUsage(this.#parts.core, idOrName, signal);
  }

  listProcesses(idOrName: string, psArguments: readonly string[]): Promise<ProcessTable> {
    return listProcesses(this.#parts.core, idOrName, psArguments);
  }

  updateContainer(idOrName: string, change: ContainerChange): Promise<void> {
    return updateContainer(this.#parts.core, idOrName, change);
  }

  giveFiles(
    idOrName: string,
    files: readonly { readonly target: string; readonly content: Buffer }[],
    options: { readonly onlyMissing: boolean },
  ): void {
    const { state, grantedFiles } = this.#parts.core;
    grantedFiles.give(state.findContainer(idOrName), files, options);
  }

  statPath(idOrName: string, path: string): Promise<PathFacts> {
    return statPath(this.#parts.core, idOrName, path);
  }

  readArchive(idOrName: string, request: { path: string; take: TakeArchive }): Promise<void> {
    return readArchive(this.#parts.core, idOrName, request);
  }

  writeArchive(idOrName: string, request: Parameters<EngineApi['writeArchive']>[1]): Promise<void> {
    return writeArchive(this.#parts.core, idOrName, request);
  }

  changeFiles(idOrName: string, changes: readonly FileChange[]): Promise<FileChangeResult> {
    return changeFiles(this.#parts.core, idOrName, changes);
  }

  exportRootfs(idOrName: string, take: Parameters<EngineApi['exportRootfs']>[1]): Promise<void> {
    return exportRootfs(this.#parts.core, idOrName, take);
  }

  sandboxKey(container: ContainerRecord): string {
    const { core } = this.#parts;
    return core.state.hasSandbox(container.id) || container.spec.networkMode.startsWith('container:')
      ? (sandboxPathFor(contextFor(core), container) ?? '')
      : '';
  }

  createExec(idOrName: string, spec: ExecSpec): string {
    return this.#parts.execs.create(idOrName, spec);
  }

  startExec(
    execId: string,
    options: { tty: boolean; rows?: number; columns?: number },
  ): Promise<ExecSession> {
    return this.#parts.execs.start(execId, options);
  }

  removeLink(path: string): Promise<void> {
    return removeLink(this.#parts.core, path);
  }

  containerSizes(idOrName: string): Promise<ContainerSizes> {
    return containerSizes(this.#parts.core, idOrName);
  }

  openExecs(containerId: string): readonly string[] {
    return this.#parts.execs.openOf(containerId);
  }

  inspectExec(execId: string): ExecRecord {
    return this.#parts.execs.inspect(execId);
  }

  resizeExec(execId: string, rows: number, columns: number): void {
    this.#parts.execs.resize(execId, rows, columns);
  }

  listVolumes(): readonly VolumeRecord[] {
    return this.#parts.core.volumes.list();
  }

  findVolume(name: string): VolumeRecord {
    return this.#parts.volumes.find(name);
  }

  createVolume(request: Parameters<EngineApi['createVolume']>[0]): Promise<VolumeRecord> {
    return this.#parts.leases.admit(request.labels, () => this.#parts.volumes.create(request));
  }

  removeVolume(name: string, force: boolean): Promise<void> {
    return this.#parts.volumes.remove(name, force);
  }

  pruneVolumes(
    accepts: (volume: VolumeRecord) => boolean,
  ): Promise<{ removed: readonly string[]; freedBytes: number }> {
    return this.#parts.volumes.prune(accepts);
  }

  get registry(): RegistryApi {
    return this.#parts.registry;
  }

  listImages(): readonly ImageRecord[] {
    return this.#parts.core.images.list();
  }

  findImage(reference: string): ImageRecord {
    const image = this.#parts.core.images.find(reference);
    if (image) return image;
    throw new EngineError(404, 'IMAGE_NOT_FOUND', `No such image: ${reference}`, {
      hint: 'berth image ls shows the images there are',
    });
  }

  removeImage(
    reference: string,
    force: boolean,
  ): Promise<readonly { untagged?: string; deleted?: string }[]> {
    return this.#parts.images.remove(reference, force);
  }

  tagImage(reference: string, target: string): Promise<void> {
    return this.#parts.images.tag(reference, target);
  }

  loadImages(archive: NodeJS.ReadableStream): AsyncIterable<string> {
    return this.#parts.images.load(archive);
  }

  importImage(
    archive: NodeJS.ReadableStream,
    options: { reference: string; changes: readonly string[]; message: string },
  ): Promise<string> {
    return this.#parts.images.import(archive, options);
  }

  events(signal: AbortSignal): AsyncIterable<EngineEvent> {
    return this.#parts.core.events.subscribe(signal);
  }

  progress(signal: AbortSignal): AsyncIterable<StepEvent> {
    return this.#parts.core.progress.subscribe(signal);
  }

  expand(operations: readonly ExpandRequest[]): Promise<readonly ExpandedOperation[]> {
    return Promise.resolve(expandOperations(this.#parts.core, operations));
  }

  preflight(operations: readonly ExpandRequest[]): Promise<readonly PreflightProblem[]> {
    return preflight(this.#parts.core, operations);
  }

  trace(request: TraceRequest): Promise<TraceReport> {
    return traceWithProbe(this.#parts.core, request);
  }

  hold(): () => void {
    this.#holds += 1;
    let held = true;
    return () => {
      if (held) this.#holds -= 1;
      held = false;
      // The connection may have been counted out before: whoever looks whether we may leave looks again.
      this.#parts.core.changes.publish('');
    };
  }

  stop(): Promise<void> {
    this.#parts.stop();
    return Promise.resolve();
  }

  /** Something keeps the engine: a running container, one about to run again, or a client that asked it to stay. */
  isBusy(): boolean {
    const { core, lifecycle, leases } = this.#parts;
    return core.state.live.size > 0 || lifecycle.pendingRestarts > 0 || leases.isBusy || this.#holds > 0;
  }

  /** Nothing was made that another command could want: no container and no network of the user's. */
  isEmpty(): boolean {
    const { state } = this.#parts.core;
    const own = [...state.networks.values()].filter((network) => !PREDEFINED.includes(network.spec.name));
    return state.containers.size === 0 && own.length === 0;
  }

  /** Calls `listener` after each change of a container. */
  onChange(listener: () => void): () => void {
    return this.#parts.core.changes.listen(listener);
  }

  /** Frees sockets and watches; what runs goes on. */
  release(): void {
    const { core, health, firewallGuard } = this.#parts;
    firewallGuard.close();
    health.stopAll();
    core.resolver.closeAll();
    core.ports.releaseAll();
    core.exits.close();
  }
}
