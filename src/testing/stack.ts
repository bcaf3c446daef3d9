import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { EngineClient } from '../client/client.ts';
import type { Lease } from '../client/lease.ts';
import type { Project, ServiceModel } from '../model/compose.ts';
import { BerthError } from '../model/errors.ts';
import { up } from '../stack/up.ts';
import { engine } from './engine.ts';
import { withTails } from './errors.ts';
import { isolated } from './isolate.ts';
import type { ComposeObject, StackOptions } from './options.ts';
import { RunningStack } from './running-stack.ts';
import { wait, type Wait } from './wait.ts';
import { baseName, loadSource, uniqueName } from './source.ts';

const UP_MS = 60_000;

type ServicesOf<T extends ComposeObject> = keyof T['services'] & string;

/**
 * A stack to be brought up, any number of times: nothing happens before `up`. The source is a compose file, a folder
 * with one, the text of one, an object in its shape, or a function that makes one from `params`.
 *
 *     await using s = await stack('compose.yaml', { params: { TAG: '16' } }).up();
 *     const answer = await fetch(s.service('api').url());
 */
export function stack<const T extends ComposeObject>(
  source: T,
  options?: StackOptions<ServicesOf<T>>,
): Stack<ServicesOf<T>>;
export function stack<P extends object, const T extends ComposeObject>(
  source: (params: P) => T,
  options: Omit<StackOptions<ServicesOf<T>>, 'params'> & { readonly params: P },
): Stack<ServicesOf<T>>;
export function stack(source: string, options?: StackOptions): Stack;
export function stack(
  source: string | ComposeObject | ((params: never) => ComposeObject),
  options: StackOptions = {},
): Stack {
  if (typeof source !== 'function') return new Stack(source, options);
  const { params, ...rest } = options;
  return new Stack(source(params as never), rest);
}

/** A stack that is not up: it has no ports and no logs. */
export class Stack<S extends string = string> {
  readonly #source: string | ComposeObject;
  readonly #options: StackOptions;
  readonly #isShared: boolean;

  constructor(source: string | ComposeObject, options: StackOptions, isShared = false) {
    this.#source = source;
    this.#options = options;
    this.#isShared = isShared;
  }

  /** The same with further options; those that are given stand in the place of the earlier ones. */
  with(options: StackOptions<S>): Stack<S> {
    return new Stack(this.#source, { ...this.#options, ...(options as StackOptions) }, this.#isShared);
  }

  /**
   * One stack for everybody on this machine who asks for the same content, in whichever process: the first makes it,
   * the last one out takes it down.
   */
  shared(): Stack<S> {
    return new Stack(this.#source, this.#options, true);
  }

  /**
   * Brings it up under a name of its own: every service runs, is healthy where it has a health check, listens
   * on the ports that it publishes where it has none, and `waitFor` holds. When that fails, all of it is gone again before the error comes.
   * @throws {ServiceError} with the last lines of each service that failed; {ComposeError}, {EngineError}, {HostError}
   */
  async up(options: { readonly signal?: AbortSignal } = {}): Promise<RunningStack<S>> {
    const signal = options.signal ?? new AbortController().signal;
    const base = baseName(this.#source, this.#options);
    const connecting = engine();
    connecting.catch(() => undefined);
    const loaded = await loadSource(this.#source, {
      ...this.#options,
      projectName: this.#isShared ? `${base}-shared` : uniqueName(base),
    });
    const client = await connecting;
    const key = this.#isShared ? contentKey(loaded.project, this.#options) : undefined;
    const lease = await client.own.lease({ key, abortSignal: signal });
    const named = key === undefined ? loaded.project : renamed(loaded.project, `${base}-${key.slice(0, 8)}`);
    const project = isolated(named, { lease: lease.stack, options: this.#options });
    const running = new RunningStack<S>({ client, project, lease, warnings: loaded.warnings });
    await this.#make({ client, project, lease, running, signal });
    return running;
  }

  async #make(about: {
    client: EngineClient;
    project: Project;
    lease: Lease;
    running: RunningStack<S>;
    signal: AbortSignal;
  }): Promise<void> {
    const { client, project, lease, running, signal } = about;
    const { timeoutMs = UP_MS } = this.#options;
    try {
      if (lease.maker) {
        const context = { client, project, emit: () => undefined, signal, preflight: false };
        await up(context, { services: [], wait: true, waitTimeoutSeconds: timeoutMs / 1000 });
      }
      await running.refresh();
      await this.#waitForServices(running, { signal, timeoutMs });
      if (lease.maker && this.#isShared) await lease.ready();
    } catch (error) {
      await this.#keepLogs(running);
      await running.down();
      throw error instanceof BerthError ? withTails(error) : error;
    }
  }

  async #waitForServices(
    running: RunningStack<S>,
    limits: { signal: AbortSignal; timeoutMs: number },
  ): Promise<void> {
    const own: Readonly<Record<string, Wait | undefined>> = this.#options.waitFor ?? {};
    const all = running.services.flatMap((name) => {
      const one = own[name] ?? portsWait(running.model(name));
      return one ? [running.service(name).waitFor(one, limits)] : [];
    });
    await Promise.all(all);
  }

  async #keepLogs(running: RunningStack<S>): Promise<void> {
    const { logsTo } = this.#options;
    if (logsTo === undefined) return;
    await running.writeLogs(join(logsTo, running.name)).catch(() => undefined);
  }
}

/** What publishes ports and has no health check is ready when it listens. */
function portsWait({ ports = [], healthcheck }: ServiceModel): Wait | undefined {
  const isChecked = healthcheck !== undefined && healthcheck.disable !== true;
  const published = ports.filter(({ protocol = 'tcp' }) => protocol === 'tcp');
  if (isChecked || published.length === 0) return undefined;
  return wait.all(...published.map(({ target }) => wait.port(target)));
}

/** What makes two stacks the same: all that is made from the files and options. */
function contentKey(project: Project, { env = {}, fixed = [] }: StackOptions): string {
  const content = JSON.stringify({ model: project.model, env, fixed, folder: project.workingDir });
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}

/** The names that were made of the name of the project follow it. */
function renamed(project: Project, name: string): Project {
  return { ...project, name, model: { ...project.model, name } };
}
