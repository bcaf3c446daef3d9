import { randomBytes } from 'node:crypto';
import type { ContainerRecord } from '../model/container.ts';
import { EngineError } from '../model/errors.ts';
import type { Core } from './core.ts';
import type { ExecRecord, ExecSession, ExecSpec } from './engine-api.ts';
import { publishContainerEvent } from './engine-events.ts';
import { withLinkEnvironment } from './link-environment.ts';

/** Docker's exit code of an exec that could not be started. */
const START_FAILED = 126;
/** Ended execs are remembered for this long, so that a client can still ask for the exit code. */
const REMEMBER_MS = 5 * 60_000;

/** Commands that run in running containers besides their first process. */
export class ExecService {
  readonly #core: Core;
  readonly #records = new Map<string, ExecRecord>();
  readonly #sessions = new Map<string, ExecSession>();
  /** The run of the container that an exec was made for: it cannot be started in a later one. */
  readonly #runs = new Map<string, string>();

  constructor(core: Core) {
    this.#core = core;
  }

  create(idOrName: string, spec: ExecSpec): string {
    const container = this.#core.state.findContainer(idOrName);
    if (container.state.status === 'paused') {
      throw paused(idOrName);
    }
    if (container.state.status !== 'running') {
      throw new EngineError(409, 'CONTAINER_NOT_RUNNING', `container ${container.id} is not running`, {
        hint: `start ${container.spec.name} first; its last log lines may say why it ended`,
      });
    }
    if (spec.argv.length === 0) throw new EngineError(400, 'EXEC_NO_COMMAND', 'No exec command specified');
    const id = randomBytes(32).toString('hex');
    this.#records.set(id, {
      id,
      containerId: container.id,
      spec,
      running: false,
      exitCode: undefined,
      pid: 0,
    });
    this.#runs.set(id, container.state.startedAt);
    publishContainerEvent(this.#core, container, `exec_create: ${spec.argv.join(' ')}`, { execID: id });
    return id;
  }

  /** Execs of a container that run, or wait for their start. */
  openOf(containerId: string): string[] {
    return [...this.#records.values()]
      .filter((record) => record.containerId === containerId && record.exitCode === undefined)
      .map(({ id }) => id);
  }

  async start(id: string, options: { tty: boolean; rows?: number; columns?: number }): Promise<ExecSession> {
    const record = this.inspect(id);
    if (record.running || record.exitCode !== undefined) {
      throw new EngineError(409, 'EXEC_ALREADY_RAN', `Error: Exec command ${id} is already running`);
    }
    const container = this.#core.state.findContainer(record.containerId);
    if (container.state.startedAt !== this.#runs.get(id) || container.state.pid === 0) throw noSuchExec(id);
    if (container.state.status === 'paused') throw paused(container.id);
    this.#records.set(id, { ...record, running: true });
    const session = await this.#startIn(container, { record, options }).catch((error: unknown) => {
      this.#records.set(id, { ...record, running: false, exitCode: START_FAILED });
      throw error;
    });
    this.#sessions.set(id, session);
    publishContainerEvent(this.#core, container, `exec_start: ${record.spec.argv.join(' ')}`, { execID: id });
    void session.exit.then((exitCode) => {
      this.#ended(id, exitCode);
      publishContainerEvent(this.#core, container, 'exec_die', { execID: id, exitCode: String(exitCode) });
    });
    return session;
  }

  async #startIn(
    container: ContainerRecord,
    { record, options }: { record: ExecRecord; options: { tty: boolean; rows?: number; columns?: number } },
  ): Promise<ExecSession> {
    const driver = await this.#core.driver();
    return driver.exec({
      container: withLinkEnvironment(this.#core, container),
      spec: { ...record.spec, tty: record.spec.tty || options.tty },
      ...(options.rows && options.columns ? { rows: options.rows, columns: options.columns } : {}),
    });
  }

  inspect(id: string): ExecRecord {
    const record = this.#records.get(id);
    if (!record || !this.#core.state.containers.has(record.containerId)) throw noSuchExec(id);
    return record.running ? { ...record, pid: this.#sessions.get(id)?.pid ?? 0 } : record;
  }

  resize(id: string, rows: number, columns: number): void {
    this.inspect(id);
    this.#sessions.get(id)?.resize(rows, columns);
  }

  #ended(id: string, exitCode: number): void {
    const record = this.#records.get(id);
    if (record) this.#records.set(id, { ...record, running: false, exitCode });
    this.#sessions.delete(id);
    setTimeout(() => {
      this.#records.delete(id);
      this.#runs.delete(id);
    }, REMEMBER_MS).unref();
  }
}

function noSuchExec(id: string): EngineError {
  return new EngineError(404, 'EXEC_NOT_FOUND', `No such exec instance: ${id}`);
}

function paused(container: string): EngineError {
  const text = `Container ${container} is paused, unpause the container before exec`;
  return new EngineError(409, 'CONTAINER_PAUSED', text);
}
