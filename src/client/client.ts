import type { IncomingMessage } from 'node:http';
import type Docker from 'dockerode';
import { invokingUser } from '../host/invoker.ts';
import { authHeader, type AuthConfig } from './auth-header.ts';
import { BerthExtension } from './berth-extension.ts';
import { Connection } from './connection.ts';
import { Container } from './container.ts';
import { berthEngineNeeded } from './errors.ts';
import { type DockerFacts, forDocker } from './docker-engine.ts';
import { Exec } from './exec.ts';
import { Image } from './image.ts';
import { Network } from './network.ts';
import { Volume } from './volume.ts';

type Filters = string | { readonly [key: string]: readonly string[] };
/** `GET /system/df`. */
export interface DiskUsage {
  readonly LayersSize: number;
  readonly Images: readonly Docker.ImageInfo[];
  readonly Containers: readonly Docker.ContainerInfo[];
  readonly Volumes: readonly (Docker.VolumeInspectInfo & {
    UsageData?: { Size: number; RefCount: number } | null;
  })[];
}

type Abortable = { readonly abortSignal?: AbortSignal | undefined };

/**
 * An engine behind a unix socket, ours or Docker's. Methods and values have dockerode's shapes, so that dockerode can
 * stand in for it. Every refusal throws the engine's own error, rebuilt.
 */
export class EngineClient {
  /** What `connectEngine` has to say about the engine it found, such as another version; one sentence each. */
  readonly notes: string[] = [];
  /** What whoever carries out a plan does at once; 0 and less: no bound but his own. */
  operationsMax = -1;
  readonly #connection: Connection;
  readonly #berth: BerthExtension;
  readonly #docker: DockerFacts | undefined;

  constructor(socketPath: string, { docker }: { readonly docker?: DockerFacts } = {}) {
    this.#connection = new Connection(socketPath);
    this.#berth = new BerthExtension(this.#connection);
    this.#docker = docker;
  }

  /** What our engines say beyond Docker's API; undefined at a Docker Engine. */
  get berth(): BerthExtension | undefined {
    return this.#docker ? undefined : this.#berth;
  }

  /** The same for those who can't do without. Throws HostError BERTH_ENGINE_NEEDED. */
  get own(): BerthExtension {
    if (this.#docker) throw berthEngineNeeded(this.socketPath);
    return this.#berth;
  }

  get socketPath(): string {
    return this.#connection.socketPath;
  }

  async listContainers(
    options: Omit<Docker.ContainerListOptions, 'filters'> & { filters?: Filters } = {},
  ): Promise<Docker.ContainerInfo[]> {
    return this.#list('/containers/json', options);
  }

  async createContainer(
    options: Docker.ContainerCreateOptions,
  ): Promise<Container & { readonly warnings: readonly string[] }> {
    const { abortSignal, name, platform, ...whole } = options;
    const { body, later } = this.#docker ? forDocker(whole, this.#docker) : { body: whole, later: [] };
    const invoker = invokingUser();
    const { Id, Warnings } = await this.#connection.json<{ Id: string; Warnings: string[] }>({
      method: 'POST',
      path: '/containers/create',
      query: { name, platform },
      body,
      headers: { 'Berth-User': `${invoker.uid}:${invoker.gid}` },
      abortSignal,
    });
    for (const [network, EndpointConfig] of later) {
      await this.getNetwork(network).connect({ Container: Id, EndpointConfig });
    }
    return Object.assign(new Container(this.#connection, Id), { warnings: Warnings });
  }

  getContainer(id: string): Container {
    return new Container(this.#connection, id);
  }

  getExec(id: string): Exec {
    return new Exec(this.#connection, id);
  }

  async listNetworks(options: Abortable & { filters?: Filters } = {}): Promise<Docker.NetworkInspectInfo[]> {
    return this.#list('/networks', options);
  }

  async createNetwork(options: Docker.NetworkCreateOptions): Promise<Network & { readonly warning: string }> {
    const { abortSignal, ...body } = options;
    const request = { method: 'POST', path: '/networks/create', body, abortSignal } as const;
    const { Id, Warning } = await this.#connection.json<{ Id: string; Warning: string }>(request);
    return Object.assign(new Network(this.#connection, Id), { warning: Warning });
  }

  getNetwork(id: string): Network {
    return new Network(this.#connection, id);
  }

  async pruneNetworks(options: Abortable & { filters?: Filters } = {}): Promise<Docker.PruneNetworksInfo> {
    const { abortSignal, ...query } = options;
    return this.#connection.json({ method: 'POST', path: '/networks/prune', query, abortSignal });
  }

  async listVolumes(
    options: Abortable & { filters?: Filters } = {},
  ): Promise<{ Volumes: Docker.VolumeInspectInfo[]; Warnings: string[] }> {
    return this.#list('/volumes', options);
  }

  async createVolume(options: Docker.VolumeCreateOptions = {}): Promise<Volume> {
    const { abortSignal, ...body } = options;
    const request = { method: 'POST', path: '/volumes/create', body, abortSignal } as const;
    const { Name } = await this.#connection.json<Docker.VolumeCreateResponse>(request);
    return new Volume(this.#connection, Name);
  }

  getVolume(name: string): Volume {
    return new Volume(this.#connection, name);
  }

  /** What a registry has under a name now. */
  async inspectDistribution(
    reference: string,
    options: Abortable & { authconfig?: AuthConfig } = {},
  ): Promise<{ readonly Descriptor: { readonly digest: string } }> {
    const { abortSignal, authconfig } = options;
    const path = `/distribution/${reference}/json`;
    return this.#connection.json({ method: 'GET', path, headers: authHeader(authconfig), abortSignal });
  }

  async listImages(
    options: Omit<Docker.ListImagesOptions, 'filters'> & { filters?: Filters } = {},
  ): Promise<Docker.ImageInfo[]> {
    return this.#list('/images/json', options);
  }

  /** Fetches an image from its registry. The answer is a stream of JSON lines; a failure may be one of them. */
  async pull(
    reference: string,
    options: Abortable & { platform?: string; authconfig?: AuthConfig } = {},
  ): Promise<IncomingMessage> {
    const { abortSignal, platform, authconfig } = options;
    const request = { method: 'POST', path: '/images/create', abortSignal } as const;
    const query = { fromImage: reference, platform };
    return this.#connection.stream({ ...request, query, headers: authHeader(authconfig) });
  }

  /** A tar of images, for `docker load`. */
  async saveImages(names: readonly string[], { abortSignal }: Abortable = {}): Promise<IncomingMessage> {
    const path = `/images/get?${names.map((name) => `names=${encodeURIComponent(name)}`).join('&')}`;
    return this.#connection.stream({ method: 'GET', path, abortSignal });
  }

  /** Whether a registry takes a login. */
  async checkAuth(authconfig: AuthConfig, { abortSignal }: Abortable = {}): Promise<void> {
    await this.#connection.json({ method: 'POST', path: '/auth', body: authconfig, abortSignal });
  }

  /** Takes away containers that do not run. */
  async pruneContainers(
    options: Abortable & { filters?: Filters } = {},
  ): Promise<Docker.PruneContainersInfo> {
    const { abortSignal, ...query } = options;
    return this.#connection.json({ method: 'POST', path: '/containers/prune', query, abortSignal });
  }

  /** Takes away anonymous volumes that no container has. */
  async pruneVolumes(options: Abortable & { filters?: Filters } = {}): Promise<Docker.PruneVolumesInfo> {
    const { abortSignal, ...query } = options;
    return this.#connection.json({ method: 'POST', path: '/volumes/prune', query, abortSignal });
  }

  /** Takes away images without a name. */
  async pruneImages(options: Abortable & { filters?: Filters } = {}): Promise<Docker.PruneImagesInfo> {
    const { abortSignal, ...query } = options;
    return this.#connection.json({ method: 'POST', path: '/images/prune', query, abortSignal });
  }

  async df(): Promise<DiskUsage> {
    return this.#connection.json({ method: 'GET', path: '/system/df' });
  }

  getImage(name: string): Image {
    return new Image(this.#connection, name);
  }

  /** A `docker save` or OCI archive. The answer is a stream of JSON lines (`stream`, or `error`). */
  async loadImage(stream: NodeJS.ReadableStream, options: Abortable = {}): Promise<IncomingMessage> {
    return this.#connection.stream({ method: 'POST', path: '/images/load', stream, ...options });
  }

  /** A tar of a root filesystem. The answer is a stream of JSON lines, the last with the image id as `status`. */
  async importImage(
    stream: NodeJS.ReadableStream,
    options: Abortable & { repo?: string; tag?: string; message?: string; changes?: string } = {},
  ): Promise<IncomingMessage> {
    const { abortSignal, ...rest } = options;
    const query = { fromSrc: '-', ...rest };
    return this.#connection.stream({ method: 'POST', path: '/images/create', query, stream, abortSignal });
  }

  /** A stream of JSON lines: see `jsonLines`. */
  async getEvents(
    options: Abortable & { since?: number | string; until?: number | string; filters?: Filters } = {},
  ): Promise<IncomingMessage> {
    const { abortSignal, ...query } = options;
    return this.#connection.stream({ method: 'GET', path: '/events', query, abortSignal });
  }

  async ping(): Promise<string> {
    return this.#connection.text({ method: 'GET', path: '/_ping' });
  }

  async version(): Promise<Docker.DockerVersion> {
    return this.#connection.json({ method: 'GET', path: '/version' });
  }

  async info(): Promise<Record<string, unknown>> {
    return this.#connection.json({ method: 'GET', path: '/info' });
  }

  /** Name and version of the engine's program, as `Server` names them: `Berth/0.1.0`. One round trip. */
  async server(): Promise<string> {
    const answer = await this.#connection.stream({ method: 'GET', path: '/_ping' });
    answer.resume();
    return String(answer.headers['server'] ?? '').replace(/ .*$/, '');
  }

  /** Closes idle connections. The client may be used again. */
  close(): void {
    this.#connection.close();
  }

  async #list<T>(path: string, options: Abortable & object): Promise<T> {
    const { abortSignal, ...query } = options;
    return this.#connection.json<T>({ method: 'GET', path, query, abortSignal });
  }
}
