import type {
  EngineApi,
  EngineEvent,
  EngineInfo,
  ExecRecord,
  ExecSession,
  ExecSpec,
  ExpandedOperation,
  ExpandRequest,
  LogChunk,
  LogOptions,
  PreflightProblem,
} from '../../src/engine/engine-api.ts';
import { Topic } from '../../src/engine/topic.ts';
import type { ContainerRecord, ContainerSpec, ContainerState } from '../../src/model/container.ts';
import { EngineError } from '../../src/model/errors.ts';
import type { ImageRecord, VolumeRecord } from '../../src/model/image.ts';
import type { NetworkRecord, NetworkSpec } from '../../src/model/network.ts';
import type { TraceReport, TraceRequest } from '../../src/model/trace.ts';
import type { StepEvent } from '../../src/model/progress.ts';
import { FakeBuilds } from './fake-builds.ts';
import { FakeInside } from './fake-inside.ts';
import { fakeRegistry } from './fake-registry.ts';
import { FakeSession } from './fake-session.ts';
import { containerRecord, imageRecord, networkRecord } from './records.ts';

type Events = AsyncIterable<EngineEvent>;

/** An engine in memory: keeps records, runs nothing. Each exec is answered by `onExec`. */
export class FakeEngine extends FakeInside implements EngineApi {
  readonly info: EngineInfo;
  readonly containers: ContainerRecord[] = [];
  readonly networks: NetworkRecord[] = [
    networkRecord('bridge'),
    networkRecord('host', { driver: 'host' }),
    networkRecord('none', { driver: 'null' }),
  ];
  readonly volumes: VolumeRecord[] = [];
  readonly images: ImageRecord[] = [imageRecord('berth/host:latest')];
  readonly specs: ContainerSpec[] = [];
  readonly networkSpecs: NetworkSpec[] = [];
  readonly eventTopic = new Topic<EngineEvent>();
  readonly stepTopic = new Topic<StepEvent>();
  readonly exitTopic = new Topic<{ id: string; code: number }>();
  logLines: LogChunk[] = [];
  problems: readonly PreflightProblem[] = [];
  expandRequests: readonly ExpandRequest[] = [];
  readonly builds = new FakeBuilds();
  onExec: (spec: ExecSpec, session: FakeSession) => void = (_spec, session) => session.end(0);
  readonly #execs = new Map<string, { record: ExecRecord; session?: FakeSession }>();

  constructor(socketPath = '/tmp/none.sock') {
    super();
    this.info = {
      id: 'f'.repeat(64),
      version: '0.1.0',
      pid: process.pid,
      root: '/var/lib/fake',
      runRoot: '/run/fake',
      socketPath,
      runtime: 'crun',
      cgroupVersion: '2',
    };
  }

  status(): ReturnType<EngineApi['status']> {
    return {
      ...this.info,
      containers: this.containers.length,
      containersRunning: this.containers.filter(({ state }) => state.status === 'running').length,
      networks: this.networks.length,
      images: this.images.length,
    };
  }

  async createNetwork(spec: NetworkSpec): Promise<{ id: string; warning: string }> {
    if (this.networks.some((network) => network.spec.name === spec.name)) {
      throw new EngineError(409, 'NETWORK_EXISTS', `network with name ${spec.name} already exists`);
    }
    this.networkSpecs.push(spec);
    const network = networkRecord(spec.name, spec);
    this.networks.push(network);
    return { id: network.id, warning: '' };
  }

  async removeNetwork(idOrName: string): Promise<void> {
    this.networks.splice(this.networks.indexOf(this.findNetwork(idOrName)), 1);
  }

  listNetworks(): readonly NetworkRecord[] {
    return this.networks;
  }

  findNetwork(idOrName: string): NetworkRecord {
    const found = this.networks.find(({ id, spec }) => spec.name === idOrName || id.startsWith(idOrName));
    if (!found) throw new EngineError(404, 'NETWORK_NOT_FOUND', `network ${idOrName} not found`);
    return found;
  }

  endpointsOf(networkId: string): ReturnType<EngineApi['endpointsOf']> {
    return this.containers.flatMap((container) =>
      container.endpoints.flatMap((endpoint) =>
        endpoint.networkId === networkId ? [{ container, endpoint }] : [],
      ),
    );
  }

  async connect(network: string, container: string): Promise<void> {
    this.calls.push(`connect ${this.findNetwork(network).spec.name} ${container}`);
  }

  async disconnect(network: string, container: string, force: boolean): Promise<void> {
    this.calls.push(`disconnect ${network} ${container} ${String(force)}`);
  }

  async pruneNetworks(accepts: (network: NetworkRecord) => boolean): Promise<readonly string[]> {
    return this.networks.slice(3).flatMap((network) => (accepts(network) ? [network.spec.name] : []));
  }

  async createContainer(spec: ContainerSpec): Promise<{ id: string; warnings: readonly string[] }> {
    if (!this.images.some(({ references }) => references.includes(withTag(spec.image)))) {
      throw new EngineError(404, 'IMAGE_NOT_FOUND', `No such image: ${spec.image}`, {
        hint: 'berth image ls',
      });
    }
    this.specs.push(spec);
    const container = containerRecord(spec.name, { spec });
    this.containers.push(container);
    return { id: container.id, warnings: [] };
  }

  async startContainer(idOrName: string): Promise<'started' | 'already'> {
    if (this.findContainer(idOrName).state.status === 'running') return 'already';
    this.setState(idOrName, { status: 'running', pid: 4242, startedAt: new Date().toISOString() });
    return 'started';
  }

  async stopContainer(idOrName: string, options: object): Promise<'stopped' | 'already'> {
    this.calls.push(`stop ${idOrName} ${JSON.stringify(options)}`);
    const { id, state } = this.findContainer(idOrName);
    if (state.status !== 'running') return 'already';
    this.exit(id, 143);
    return 'stopped';
  }

  async restartContainer(idOrName: string, options: object): Promise<void> {
    this.calls.push(`restart ${this.findContainer(idOrName).spec.name} ${JSON.stringify(options)}`);
  }

  async killContainer(idOrName: string, signal: string): Promise<void> {
    this.calls.push(`kill ${this.findContainer(idOrName).spec.name} ${signal}`);
  }

  async pauseContainer(idOrName: string): Promise<void> {
    this.setState(idOrName, { status: 'paused' });
  }

  async unpauseContainer(idOrName: string): Promise<void> {
    this.setState(idOrName, { status: 'running' });
  }

  async removeContainer(idOrName: string, options: { force: boolean; volumes: boolean }): Promise<void> {
    const container = this.findContainer(idOrName);
    this.calls.push(`remove ${container.spec.name} ${JSON.stringify(options)}`);
    this.containers.splice(this.containers.indexOf(container), 1);
  }

  async renameContainer(idOrName: string, name: string): Promise<void> {
    const container = this.findContainer(idOrName);
    this.#replace({ ...container, spec: { ...container.spec, name } });
  }

  readonly removedLinks: string[] = [];

  async removeLink(path: string): Promise<void> {
    this.removedLinks.push(path);
  }

  async containerSizes(): Promise<{ ownBytes: number; totalBytes: number }> {
    return { ownBytes: 2, totalBytes: 1002 };
  }

  listContainers(): readonly ContainerRecord[] {
    return this.containers;
  }

  findContainer(idOrName: string): ContainerRecord {
    const name = idOrName.replace(/^\//, '');
    const found = this.containers.find(({ id, spec }) => spec.name === name || id.startsWith(name));
    if (!found) throw new EngineError(404, 'CONTAINER_NOT_FOUND', `No such container: ${idOrName}`);
    return found;
  }

  async waitContainer(idOrName: string, condition: string, signal: AbortSignal): Promise<number> {
    const { id, state } = this.findContainer(idOrName);
    if (condition === 'not-running' && state.status !== 'running') return state.exitCode;
    for await (const exit of this.exitTopic.subscribe(signal)) if (exit.id === id) return exit.code;
    return 137;
  }

  async *logs(_idOrName: string, options: LogOptions): AsyncGenerator<LogChunk, void> {
    const lines = this.logLines.filter(
      ({ stream, timeNs }) => options[stream] && timeNs >= (options.sinceNs ?? 0n),
    );
    yield* options.tail === undefined ? lines : lines.slice(Math.max(0, lines.length - options.tail));
    if (options.follow && !options.signal.aborted) {
      await new Promise((resolve) => options.signal.addEventListener('abort', resolve, { once: true }));
      this.calls.push('logs ended');
    }
  }

  sandboxKey({ id }: ContainerRecord): string {
    return `/run/fake/netns/${id.slice(0, 12)}`;
  }

  createExec(idOrName: string, spec: ExecSpec): string {
    const { id: containerId, state } = this.findContainer(idOrName);
    if (state.status !== 'running') {
      throw new EngineError(409, 'CONTAINER_NOT_RUNNING', `container ${containerId} is not running`);
    }
    const id = String(this.#execs.size + 1).padStart(64, 'e');
    this.#execs.set(id, {
      record: { id, containerId, spec, running: false, exitCode: undefined, pid: 0 },
    });
    return id;
  }

  async startExec(execId: string): Promise<ExecSession> {
    const { record } = this.#exec(execId);
    const session = new FakeSession((exitCode) =>
      this.#execs.set(execId, { record: { ...record, running: false, exitCode, pid: 0 }, session }),
    );
    this.#execs.set(execId, { record: { ...record, running: true, pid: 4343 }, session });
    if (record.spec.argv[0] === 'nowhere') {
      session.end(127);
      throw new EngineError(400, 'EXEC_FAILED', 'exec: "nowhere": executable file not found in $PATH');
    }
    this.onExec(record.spec, session);
    return session;
  }

  openExecs = (): readonly string[] => [];

  inspectExec(execId: string): ExecRecord {
    return this.#exec(execId).record;
  }

  resizeExec(execId: string, rows: number, columns: number): void {
    this.#exec(execId).session?.resize(rows, columns);
  }

  listVolumes(): readonly VolumeRecord[] {
    return this.volumes;
  }

  findVolume(name: string): VolumeRecord {
    const found = this.volumes.find((volume) => volume.name === name);
    if (!found) throw new EngineError(404, 'VOLUME_NOT_FOUND', `get ${name}: no such volume`);
    return found;
  }

  async createVolume(request: Parameters<EngineApi['createVolume']>[0]): Promise<VolumeRecord> {
    const name = request.name || 'a'.repeat(64);
    const mountpoint = `/var/lib/fake/volumes/${name}/_data`;
    const created = '2026-01-01T00:00:00.000000000Z';
    const volume = { ...request, name, mountpoint, created, anonymous: request.name === '' };
    this.volumes.push(volume);
    return volume;
  }

  async removeVolume(name: string): Promise<void> {
    this.volumes.splice(this.volumes.indexOf(this.findVolume(name)), 1);
  }

  async pruneVolumes(
    accepts: (volume: VolumeRecord) => boolean,
  ): Promise<{ removed: string[]; freedBytes: number }> {
    return { removed: this.volumes.filter(accepts).map(({ name }) => name), freedBytes: 0 };
  }

  listImages(): readonly ImageRecord[] {
    return this.images;
  }

  findImage(reference: string): ImageRecord {
    const found = this.images.find(
      ({ id, references }) => references.includes(withTag(reference)) || id === reference,
    );
    if (!found) throw new EngineError(404, 'IMAGE_NOT_FOUND', `No such image: ${reference}`);
    return found;
  }

  async removeImage(reference: string): Promise<readonly { untagged?: string; deleted?: string }[]> {
    const { id, references } = this.findImage(reference);
    return [...references.map((untagged) => ({ untagged })), { deleted: id }];
  }

  async tagImage(reference: string, target: string): Promise<void> {
    this.calls.push(`tag ${reference} ${target}`);
  }

  readonly registry = fakeRegistry(this.calls);

  async *loadImages(archive: NodeJS.ReadableStream): AsyncGenerator<string, void> {
    let size = 0;
    for await (const chunk of archive) size += chunk.length;
    if (size === 0) throw new EngineError(400, 'IMAGE_ARCHIVE', 'the archive is empty');
    yield `Loaded image: loaded:${String(size)}`;
  }

  async importImage(
    archive: NodeJS.ReadableStream,
    options: Parameters<EngineApi['importImage']>[1],
  ): Promise<string> {
    let size = 0;
    for await (const chunk of archive) size += chunk.length;
    this.calls.push(`import ${options.reference} ${String(size)}`);
    return `sha256:${'1'.repeat(64)}`;
  }

  events(signal: AbortSignal): Events {
    return this.eventTopic.subscribe(signal);
  }

  progress(signal: AbortSignal): AsyncIterable<StepEvent> {
    return this.stepTopic.subscribe(signal);
  }

  async trace({ from, to, project, probe }: TraceRequest): Promise<TraceReport> {
    const remedies = project === undefined ? [] : [{ text: project }];
    const attempt = probe === true ? { probe: { reachable: true, text: 'answered', agrees: true } } : {};
    return { from, to, steps: [], reachable: true, reason: '', remedies, ...attempt };
  }

  async expand(operations: readonly ExpandRequest[]): Promise<readonly ExpandedOperation[]> {
    this.expandRequests = operations;
    return operations.map(({ id, kind }) => ({
      id,
      steps: [{ id: kind, title: kind, command: kind, undo: '' }],
    }));
  }

  async preflight(operations: readonly ExpandRequest[]): Promise<readonly PreflightProblem[]> {
    this.expandRequests = operations;
    return this.problems;
  }

  hold(): () => void {
    this.holds += 1;
    return () => (this.holds -= 1);
  }

  async stop(): Promise<void> {
    this.stopped = true;
  }

  /** The container ends. */
  exit(idOrName: string, code: number): void {
    const { id } = this.findContainer(idOrName);
    this.setState(id, { status: 'exited', exitCode: code, pid: 0, finishedAt: new Date().toISOString() });
    this.exitTopic.publish({ id, code });
  }

  setState(idOrName: string, change: Partial<ContainerState>): void {
    const container = this.findContainer(idOrName);
    this.#replace({ ...container, state: { ...container.state, ...change } });
  }

  #replace(container: ContainerRecord): void {
    this.containers.splice(
      this.containers.findIndex(({ id }) => id === container.id),
      1,
      container,
    );
  }

  #exec(execId: string): { record: ExecRecord; session?: FakeSession } {
    const found = this.#execs.get(execId);
    if (!found) throw new EngineError(404, 'EXEC_NOT_FOUND', `No such exec instance: ${execId}`);
    return found;
  }
}

function withTag(reference: string): string {
  return reference.includes(':') ? reference : `${reference}:latest`;
}
