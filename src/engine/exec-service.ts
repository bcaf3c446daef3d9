import { randomBytes } from 'node:crypto';
import type { ContainerRecord } from '../model/container.ts';
import { EngineError } from '../model/errors.ts';
import type { Core } from './core.ts';
import type { ExecRecord, ExecSession, ExecSpec } from './engine-api.ts';
import { publishContainerEvent } from './engine-events.ts';

/** Ended execs are remembered for this long, so that a client can still ask for the exit code. */
/** Docker's exit code of an exec that could not be started. */
const START_FAILED = 126;
const REMEMBER_MS = 5 * 60_000;

/** Commands that run in running containers besides their first process. */
export class ExecService {
  readonly #core: Core;
  readonly #records = new Map<string, ExecRecord>();
  readonly #sessions = new Map<string, ExecSession>();

  constructor(core: Core) {
    this.#core = core;
  }

  create(idOrName: string, spec: ExecSpec): string {
    const container = this.#core.state.findContainer(idOrName);
    if (container.state.status === 'paused') {
      const text = `Container ${idOrName} is paused, unpause the container before exec`;
      throw new EngineError(409, 'CONTAINER_PAUSED', text);
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
      container,
      spec: { ...record.spec, tty: record.spec.tty || options.tty },
      ...(options.rows && options.columns ? { rows: options.rows, columns: options.columns } : {}),
    });
  }

  inspect(id: string): ExecRecord {
    const record = this.#records.get(id);
    if (record) return record;
    throw new EngineError(404, 'EXEC_NOT_FOUND', `No such exec instance: ${id}`);
  }

  resize(id: string, rows: number, columns: number): void {
    this.inspect(id);
    this.#sessions.get(id)?.resize(rows, columns);
  }

  #ended(id: string, exitCode: number): void {
    const record = this.#records.get(id);
    if (record) this.#records.set(id, { ...record, running: false, exitCode });
    this.#sessions.delete(id);
    setTimeout(() => this.#records.delete(id), REMEMBER_MS).unref();
  }
}
