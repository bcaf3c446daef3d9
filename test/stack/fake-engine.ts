import { PassThrough, Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { EngineError } from '../../src/model/errors.ts';
import type { ContainerHandle, EngineClientLike, LogsRequest } from '../../src/stack/engine-client.ts';

/** How a container of the fake behaves once it is started. */
export interface Behaviour {
  readonly startError?: EngineError;
  /** Exits at once with this code. */
  readonly exitCode?: number;
  /** What its health check comes to; without one it has none. */
  readonly health?: 'healthy' | 'unhealthy';
  readonly log?: readonly string[];
}

interface FakeContainer {
  readonly id: string;
  name: string;
  readonly body: Dockerode.ContainerCreateOptions;
  status: string;
  exitCode: number;
  health: string | undefined;
}

/** An engine in memory: keeps what is made, tells events, records calls in their order. */
export class FakeEngine {
  readonly calls: string[] = [];
  readonly containers = new Map<string, FakeContainer>();
  readonly networks = new Map<string, Dockerode.NetworkCreateOptions>();
  readonly volumes = new Map<string, Dockerode.VolumeCreateOptions>();
  readonly images = new Set(['berth/host']);
  readonly behaviours: Record<string, Behaviour> = {};
  readonly #events = new Set<PassThrough>();
  #count = 0;

  get client(): EngineClientLike {
    return {
      listContainers: async () => [...this.containers.values()].map((one) => this.#listed(one)),
      createContainer: async (body) => this.#create(body),
      getContainer: (name) => this.#container(name),
      listNetworks: async () => [...this.networks.keys()].map((name) => this.#network(name)),
      createNetwork: async (body) => {
        this.calls.push(`create network ${body.Name}`);
        this.networks.set(body.Name, body);
        return { id: `id of ${body.Name}` };
      },
      getNetwork: (name) => ({
        inspect: async () => this.#network(name),
        remove: async () => this.#removeNetwork(name),
        connect: async () => undefined,
        disconnect: async () => undefined,
      }),
      listVolumes: async () => ({
        Volumes: [...this.volumes.values()].map((body) => volumeInfo(body)),
      }),
      createVolume: async (body) => {
        this.calls.push(`create volume ${body.Name ?? ''}`);
        this.volumes.set(body.Name ?? '', body);
      },
      getVolume: (name) => ({
        inspect: async () => volumeInfo(this.volumes.get(name) ?? {}),
        remove: async () => {
          this.calls.push(`remove volume ${name}`);
          this.volumes.delete(name);
        },
      }),
      listImages: async () => [],
      getImage: (reference) => ({
        inspect: async () => {
          if (!this.images.has(reference)) throw missing(`No such image: ${reference}`);
          return { Id: `sha256:${reference}` } as Dockerode.ImageInspectInfo;
        },
        remove: async () => undefined,
        tag: async () => undefined,
      }),
      pull: async (reference) => {
        this.calls.push(`pull ${reference}`);
        if (reference.startsWith('missing')) throw missing(`manifest for ${reference} not found`);
        this.images.add(reference.replace(/:latest$/, ''));
        const lines = [
          { status: 'Pulling from x', id: 'latest' },
          { status: 'Downloading', id: 'aaaaaaaaaaaa', progressDetail: { current: 5, total: 10 } },
          { status: 'Pull complete', id: 'aaaaaaaaaaaa', progressDetail: {} },
          { status: `Status: Downloaded newer image for ${reference}` },
        ];
        return Readable.from(lines.map((line) => `${JSON.stringify(line)}\r\n`));
      },
      getExec: () => {
        throw new Error('this engine runs no commands');
      },
      getEvents: async ({ abortSignal } = {}) => {
        const stream = new PassThrough();
        this.#events.add(stream);
        abortSignal?.addEventListener('abort', () => this.#events.delete(stream));
        return stream;
      },
    };
  }

  /** Tells an event to whoever listens. */
  tell(container: FakeContainer, action: string): void {
    const actor = { ID: container.id, Attributes: { name: container.name } };
    for (const stream of this.#events) stream.write(JSON.stringify({ Action: action, Actor: actor }) + '\n');
  }

  async #create(body: Dockerode.ContainerCreateOptions): Promise<{ id: string }> {
    this.#count += 1;
    const id = this.#count.toString(16).padStart(64, '0');
    const name = body.name ?? id;
    this.calls.push(`create ${name}`);
    if (this.#find(name)) throw new EngineError(409, 'NAME_TAKEN', `name ${name} is taken`);
    const container = { id, name, body, status: 'created', exitCode: 0, health: undefined };
    this.containers.set(id, container);
    return { id };
  }

  #container(name: string): ContainerHandle {
    const known = () => {
      const found = this.#find(name);
      if (!found) throw missing(`No such container: ${name}`);
      return found;
    };
    const logs = async (options: LogsRequest & { follow?: boolean }) => this.#logs(known(), options);
    return {
      id: name,
      inspect: async () => this.#inspected(known()),
      start: async () => this.#start(known()),
      stop: async () => {
        this.calls.push(`stop ${name}`);
        Object.assign(known(), { status: 'exited', exitCode: 143 });
      },
      restart: async () => undefined,
      kill: async ({ signal = 'SIGKILL' } = {}) => void this.calls.push(`kill ${known().name} ${signal}`),
      pause: async () => void (known().status = 'paused'),
      unpause: async () => void (known().status = 'running'),
      remove: async () => {
        this.calls.push(`remove ${name}`);
        this.containers.delete(known().id);
      },
      rename: async (options) => {
        this.calls.push(`rename ${name} to ${options.name}`);
        known().name = options.name;
      },
      wait: async () => ({ StatusCode: known().exitCode }),
      logs: logs as ContainerHandle['logs'],
      putArchive: () => Promise.resolve(),
      exec: async () => {
        throw new Error('this engine runs no commands');
      },
    };
  }

  async #start(container: FakeContainer): Promise<void> {
    this.calls.push(`start ${container.name}`);
    const behaviour = this.#behaviourOf(container);
    if (behaviour.startError) throw behaviour.startError;
    container.status = 'running';
    container.health = behaviour.health === undefined ? undefined : 'starting';
    if (behaviour.exitCode !== undefined) {
      Object.assign(container, { status: 'exited', exitCode: behaviour.exitCode });
      this.tell(container, 'die');
    } else if (behaviour.health) {
      setTimeout(() => {
        container.health = behaviour.health;
        this.tell(container, `health_status: ${behaviour.health ?? ''}`);
      }, 5);
    }
  }

  async #logs(container: FakeContainer, options: LogsRequest & { follow?: boolean }) {
    const lines = this.#behaviourOf(container).log ?? [];
    const framed = Buffer.concat(lines.map((line) => frame(options.timestamps ? line : textOnly(line))));
    if (!options.follow) return framed;
    const stream = new PassThrough();
    stream.end(framed);
    return stream;
  }

  #removeNetwork(name: string): void {
    this.calls.push(`remove network ${name}`);
    const users = [...this.containers.values()].filter(
      ({ body }) => name in (body.NetworkingConfig?.EndpointsConfig ?? {}),
    );
    if (users.length > 0)
      throw new EngineError(403, 'NETWORK_IN_USE', `network ${name} has active endpoints`);
    if (!this.networks.delete(name)) throw missing(`network ${name} not found`);
  }

  #find(name: string): FakeContainer | undefined {
    return this.containers.get(name) ?? [...this.containers.values()].find((one) => one.name === name);
  }

  #behaviourOf(container: FakeContainer): Behaviour {
    const service = container.body.Labels?.['com.docker.compose.service'] ?? '';
    return this.behaviours[service] ?? {};
  }

  #network(name: string): Dockerode.NetworkInspectInfo {
    const body = this.networks.get(name);
    if (!body) throw missing(`network ${name} not found`);
    return {
      Id: `id of ${name}`,
      Name: name,
      Labels: body.Labels,
    } as Dockerode.NetworkInspectInfo;
  }

  #listed(container: FakeContainer): Dockerode.ContainerInfo {
    const networks = Object.keys(container.body.NetworkingConfig?.EndpointsConfig ?? {});
    const health = container.health === undefined ? '' : ` (${container.health})`;
    const up = container.status === 'running' ? `Up 2 minutes${health}` : 'Created';
    return {
      Id: container.id,
      Names: [`/${container.name}`],
      Image: container.body.Image ?? '',
      ImageID: `sha256:${container.body.Image ?? ''}`,
      Command: 'sleep',
      Created: 1_700_000_000,
      State: container.status,
      Status: container.status === 'exited' ? `Exited (${container.exitCode}) 2 minutes ago` : up,
      Labels: container.body.Labels ?? {},
      Ports: [],
      Mounts: [],
      HostConfig: { NetworkMode: '' },
      NetworkSettings: {
        Networks: Object.fromEntries(
          networks.map((name) => [name, { NetworkID: `id of ${name}`, IPAddress: '172.18.0.2' }]),
        ),
      },
    } as unknown as Dockerode.ContainerInfo;
  }

  #inspected(container: FakeContainer): Dockerode.ContainerInspectInfo {
    const log = [{ ExitCode: 2, Output: 'no response\n', Start: '', End: '' }];
    const health = container.health && { Status: container.health, FailingStreak: 5, Log: log };
    return {
      Id: container.id,
      State: {
        Status: container.status,
        Running: container.status === 'running',
        Restarting: false,
        OOMKilled: false,
        ExitCode: container.exitCode,
        Error: '',
        ...(health && { Health: health }),
      },
      HostConfig: container.body.HostConfig ?? {},
      Config: { Healthcheck: container.body.Healthcheck },
    } as Dockerode.ContainerInspectInfo;
  }
}

function frame(line: string): Buffer {
  const data = Buffer.from(line + '\n');
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

function textOnly(line: string): string {
  return line.slice(line.indexOf(' ') + 1);
}

function volumeInfo(body: Dockerode.VolumeCreateOptions): Dockerode.VolumeInspectInfo {
  return {
    Name: body.Name ?? '',
    Driver: 'local',
    Mountpoint: '',
    Labels: body.Labels ?? {},
    Scope: 'local',
    Options: {},
  };
}

function missing(message: string): EngineError {
  return new EngineError(404, 'NOT_FOUND', message);
}
