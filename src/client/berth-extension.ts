import type { Artifact } from '../model/artifact.ts';
import type { BuildAssessment, BuildEvent, BuildRequest } from '../model/build.ts';
import type { Operation } from '../model/plan.ts';
import type { GrantedContent } from '../model/granted-content.ts';
import type { LeaseGrant } from '../model/lease.ts';
import type { StepEvent } from '../model/progress.ts';
import type { TraceReport, TraceRequest } from '../model/trace.ts';
import type { WireError } from '../model/wire-error.ts';
import { authHeader, authsHeader, type AuthConfig } from './auth-header.ts';
import { allLogins } from './docker-config.ts';
import { rebuild } from './errors.ts';
import { Lease } from './lease.ts';
import type {
  EngineStatus,
  ExpandedOperation,
  FileChange,
  FileChangeResult,
  PreflightProblem,
} from '../model/engine.ts';
import type { Connection } from './connection.ts';
import { jsonLines } from './json-lines.ts';

/** What an engine of ours says beyond Docker's API. */
export class BerthExtension {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async status(options: { readonly abortSignal?: AbortSignal | undefined } = {}): Promise<EngineStatus> {
    return this.#connection.json({ method: 'GET', path: '/berth/status', ...options });
  }

  /** Steps as they happen; ends when `signal` aborts. */
  async *progress(signal: AbortSignal): AsyncGenerator<StepEvent, void> {
    yield* await this.openProgress(signal);
  }

  /** As `progress`, resolved when the engine is listening: no step from then on is missed. */
  async openProgress(signal: AbortSignal): Promise<AsyncIterable<StepEvent>> {
    const request = { method: 'GET', path: '/berth/progress', abortSignal: signal } as const;
    try {
      return untilAborted(jsonLines<StepEvent>(await this.#connection.stream(request)), signal);
    } catch (error) {
      if (signal.aborted) return nothing();
      throw error;
    }
  }

  /** The host steps that operations would take; nothing is changed. */
  async expand(operations: readonly Operation[]): Promise<readonly ExpandedOperation[]> {
    const request = { method: 'POST', path: '/berth/expand', body: { operations } } as const;
    const answer = await this.#connection.json<{ operations: ExpandedOperation[] }>(request);
    return answer.operations;
  }

  /** What would keep operations from being done, by operation; nothing is changed. */
  async preflight(operations: readonly Operation[]): Promise<readonly PreflightProblem[]> {
    const request = { method: 'POST', path: '/berth/preflight', body: { operations } } as const;
    const answer = await this.#connection.json<{ problems: { id: number; error: WireError }[] }>(request);
    return answer.problems.map(({ id, error }) => ({ id, error: rebuild(error) }));
  }

  /** Gives a container the contents of its secrets and configs; with `onlyMissing` those that it has are kept. */
  async giveFiles(
    container: string,
    files: readonly GrantedContent[],
    { onlyMissing }: { readonly onlyMissing: boolean },
  ): Promise<void> {
    const body = {
      OnlyMissing: onlyMissing,
      Files: files.map(({ target, content }) => ({ Target: target, Content: content.toString('base64') })),
    };
    const path = `/berth/containers/${encodeURIComponent(container)}/files`;
    await this.#connection.text({ method: 'PUT', path, body });
  }

  /**
   * Builds an image of a folder on the engine's machine; events as they come. Base images are fetched with the logins of
   * the person who asks. Throws what it failed with.
   */
  async *build(request: BuildRequest, abortSignal: AbortSignal): AsyncGenerator<BuildEvent, void> {
    const headers = authsHeader(await allLogins());
    const call = { method: 'POST', path: '/berth/build', body: request, headers, abortSignal } as const;
    for await (const event of jsonLines<BuildEvent>(await this.#connection.stream(call))) {
      if (event.type === 'failed') throw rebuild(event.error);
      yield event;
    }
  }

  /** Whether images are what their contexts would give now. */
  async assessBuilds(builds: readonly BuildRequest[]): Promise<readonly BuildAssessment[]> {
    const request = { method: 'POST', path: '/berth/build/assess', body: { builds } } as const;
    return (await this.#connection.json<{ builds: BuildAssessment[] }>(request)).builds;
  }

  /** Follows a packet from one place to another, and says where it gets. */
  async trace(request: TraceRequest): Promise<TraceReport> {
    return this.#connection.json({ method: 'POST', path: '/berth/trace', body: request });
  }

  /** Copies files of this machine into a container, each as a whole; those that fail are told. */
  async changeFiles(container: string, changes: readonly FileChange[]): Promise<FileChangeResult> {
    const path = `/berth/containers/${encodeURIComponent(container)}/copies`;
    return this.#connection.json({ method: 'POST', path, body: { changes } });
  }

  /** Brings an artifact to its registry. */
  async publish(
    artifact: Artifact,
    about: { readonly authconfig: AuthConfig | undefined; readonly abortSignal: AbortSignal },
  ): Promise<{ readonly digest: string }> {
    const request = { method: 'POST', path: '/berth/artifacts', body: artifact } as const;
    const { authconfig, abortSignal } = about;
    return this.#connection.json({ ...request, abortSignal, headers: authHeader(authconfig) });
  }

  /** What a name means in its registry now. */
  async digestOf(reference: string, authconfig: AuthConfig | undefined): Promise<string> {
    const path = `/distribution/${reference}/json`;
    const request = { method: 'GET', path, headers: authHeader(authconfig) } as const;
    return (await this.#connection.json<{ Descriptor: { digest: string } }>(request)).Descriptor.digest;
  }

  /** Ends the engine; containers go on. Resolves when it is gone. */
  async stop(): Promise<void> {
    const { gone, release } = await this.hold();
    await this.#connection.text({ method: 'POST', path: '/berth/stop' });
    await gone;
    release();
  }

  /**
   * What is made under its label lives as long as the connection: it goes with this process, however that ends. With a
   * key the stack may be held by several; it is granted when nobody has it, or when its maker has it ready. Does not
   * keep this process from ending.
   */
  async lease(
    options: { readonly key?: string | undefined; readonly abortSignal?: AbortSignal } = {},
  ): Promise<Lease> {
    const { key = '', abortSignal } = options;
    const request = { method: 'POST', path: '/berth/leases', body: { Key: key }, abortSignal } as const;
    const stream = await this.#connection.stream(request);
    stream.on('error', () => undefined);
    const lines = jsonLines<LeaseGrant>(stream.iterator({ destroyOnReturn: false }));
    const { value: grant } = await lines.next();
    if (!grant) throw this.#connection.broken();
    return new Lease({ connection: this.#connection, stream, grant });
  }

  /**
   * Counts as present until released, so that the engine does not leave. `gone` resolves when it did all the same.
   * In the background it does not keep this process from ending.
   */
  async hold({ isBackground = false } = {}): Promise<{
    readonly release: () => void;
    readonly gone: Promise<void>;
  }> {
    const stream = await this.#connection.stream({ method: 'GET', path: '/berth/hold' });
    const gone = new Promise<void>((resolve) => stream.once('close', resolve));
    stream.on('error', () => undefined);
    stream.resume();
    if (isBackground) stream.socket.unref();
    return { release: () => void stream.destroy(), gone };
  }
}

async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void> {
  try {
    yield* source;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function* nothing(): AsyncGenerator<never, void> {
  // Aborted before the first value.
}
