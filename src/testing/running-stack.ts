import { join } from 'node:path';
import type { EngineClient } from '../client/client.ts';
import type { Lease } from '../client/lease.ts';
import { makeFolder, writeFileAtomic } from '../host/files.ts';
import type { Project, ServiceModel } from '../model/compose.ts';
import { logs, type LogLine } from '../stack/logs.ts';
import { ps, type Replica } from '../stack/ps.ts';
import {
  addressesOf,
  bitsPerSecond,
  Faults,
  type DnsFaults,
  type FaultHandle,
  type LimitOptions,
} from './faults.ts';
import { noSuchService, stackIsDown } from './errors.ts';
import { Service, type LogsOptions } from './service.ts';

/** What is left of a stack that was taken down: its name. */
export interface StoppedStack {
  readonly name: string;
}

interface Parts {
  readonly client: EngineClient;
  readonly project: Project;
  readonly lease: Lease;
  readonly warnings: readonly string[];
}

/**
 * A stack that is up. It goes with `down`, at the end of an `await using` block, and with the process that made it,
 * however that ends.
 */
export class RunningStack<S extends string = string> implements AsyncDisposable {
  /** Name of the project. */
  readonly name: string;
  /** What the file makes one wonder about. */
  readonly warnings: readonly string[];
  /** Faults of names. */
  readonly dns: DnsFaults;
  readonly #parts: Parts;
  readonly #faults: Faults;
  #replicas: readonly Replica[] = [];
  #isDown = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.name = parts.project.name;
    this.warnings = parts.warnings;
    this.#faults = new Faults(parts.lease);
    this.dns = this.#dnsFaults();
  }

  /** Names of its services. */
  get services(): readonly S[] {
    return Object.keys(this.#parts.project.model.services) as S[];
  }

  /** A handle of a service; `replica`: its number, from 1. @throws {UsageError} SERVICE_UNKNOWN, STACK_DOWN */
  service(name: S, replica = 1): Service {
    const find = (): Replica => {
      if (this.#isDown) throw stackIsDown(this.name);
      const found = this.#replicas.find((one) => one.service === name && one.number === replica);
      if (!found) throw noSuchService(replica === 1 ? name : `${name} #${String(replica)}`, this.services);
      return found;
    };
    find();
    const { client, project } = this.#parts;
    return new Service(name, { client, project, replica: find, refresh: () => this.refresh() });
  }

  /** A service as it was read, in the long forms of the Compose Specification. */
  model(name: S): ServiceModel {
    const found = this.#parts.project.model.services[name];
    if (!found) throw noSuchService(name, this.services);
    return found;
  }

  /** What all services have written, in the order of time. */
  async logs(options: LogsOptions = {}): Promise<LogLine[]> {
    const { tail, since } = options;
    const lines: LogLine[] = [];
    const request = {
      projectName: this.name,
      services: [],
      tail,
      since: since && String(since.getTime() / 1000),
      signal: new AbortController().signal,
    };
    for await (const line of logs(this.#parts.client, request)) lines.push(line);
    return lines;
  }

  /** Writes the log of each container into a folder, as `<service>-<number>.log`. Resolves with the paths. */
  async writeLogs(folder: string, options: LogsOptions = {}): Promise<readonly string[]> {
    return writeLogs(await this.logs(options), folder);
  }

  /** Looks again at what the engine knows of its containers: after changes that were made past the handles. */
  async refresh(): Promise<void> {
    this.#replicas = await ps(this.#parts.client, { projectName: this.name, all: true });
  }

  /** No packet passes between the services of one side and those of the other; connections hang. */
  async partition(left: readonly S[], right: readonly S[]): Promise<FaultHandle> {
    for (const name of [...left, ...right]) this.service(name);
    return this.#faults.add({ kind: 'partition', left, right });
  }

  /** Nobody reaches the service, nor it anybody. */
  async isolate(...services: readonly S[]): Promise<FaultHandle> {
    for (const name of services) this.service(name);
    return this.#faults.add({ kind: 'isolate', services });
  }

  /** What the service sends, and what comes to it, is slowed to the rate on each of its networks. */
  async limit(service: S, { rate }: LimitOptions): Promise<FaultHandle> {
    this.service(service);
    return this.#faults.add({ kind: 'limit', services: [service], bitsPerSecond: bitsPerSecond(rate) });
  }

  /** Ends all faults that this process asked for. */
  async heal(): Promise<void> {
    await this.#faults.clear();
  }

  /** Takes it down, or leaves it to those who share it. Resolves when all of it is gone. */
  async down(): Promise<StoppedStack> {
    if (!this.#isDown) {
      this.#isDown = true;
      await this.#parts.lease.close();
    }
    return { name: this.name };
  }

  #dnsFaults(): DnsFaults {
    const addressOfService = (name: string): string | undefined =>
      this.services.includes(name as S) ? this.service(name as S).address() : undefined;
    return {
      fail: (name, { with: answer = 'servfail' } = {}) => this.#faults.add({ kind: 'dns', name, answer }),
      override: async (name, target) =>
        this.#faults.add({ kind: 'dns', name, answer: addressesOf(target, addressOfService) }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }
}

export async function writeLogs(lines: readonly LogLine[], folder: string): Promise<readonly string[]> {
  const texts = new Map<string, string>();
  for (const { service, number, time, text } of lines) {
    const path = join(folder, `${service}-${String(number)}.log`);
    texts.set(path, `${texts.get(path) ?? ''}${time} ${text}\n`);
  }
  await makeFolder(folder);
  await Promise.all([...texts].map(([path, text]) => writeFileAtomic(path, text)));
  return [...texts.keys()];
}
