import { containerInput, resizeContainer } from '../container/attach.ts';
import { logPosition, readLog } from '../container/logs.ts';
import type { ContainerRecord } from '../model/container.ts';
import { EngineError } from '../model/errors.ts';
import type { Core } from './core.ts';
import type { AttachOptions, AttachSession } from './engine-api.ts';
import { publishContainerEvent } from './engine-events.ts';

/**
 * Attaches to a container's first process, before its start or while it runs. Output begins with what is written
 * after this call; nothing of it is lost, as it comes from the log. The session ends with the process, or with
 * `options.signal`, which leaves the container as it is.
 */
export function attachContainer(core: Core, idOrName: string, options: AttachOptions): AttachSession {
  const container = core.state.findContainer(idOrName);
  refuseAttach(idOrName, container);
  const { id, spec } = container;
  const path = `${core.records.containerFolder(id)}/ctr.log`;
  const follow = options.stream;
  const position = logPosition(path);
  const run = watchRun(core, container, options.signal);
  const wantsInput = options.stdin && options.stream && spec.openStdin;
  const stdin = wantsInput
    ? containerInput({ runRoot: core.paths.runRoot, id, ready: run.begun })
    : undefined;
  void run.ended.then(() => stdin?.destroy());
  publishContainerEvent(core, container, 'attach');
  return {
    tty: spec.tty,
    stdin,
    output: core.logReaders.count(
      id,
      readLog({
        path,
        stdout: options.stdout,
        stderr: options.stderr,
        follow,
        signal: options.signal,
        ended: run.ended,
        ...(options.logs ? {} : { from: position }),
      }),
      options.signal,
    ),
  };
}

/** Sets the size of a container's terminal; without one there is nothing to set. */
export function resizeTerminal(
  core: Core,
  idOrName: string,
  size: { readonly rows: number; readonly columns: number },
): void {
  const container = core.state.findContainer(idOrName);
  const { id, state } = container;
  if (state.status === 'running' || state.status === 'paused') {
    resizeContainer({ runRoot: core.paths.runRoot, id }, size);
    const { rows, columns } = size;
    publishContainerEvent(core, container, 'resize', { height: String(rows), width: String(columns) });
    return;
  }
  throw new EngineError(409, 'CONTAINER_NOT_RUNNING', `Container ${id} is not running`);
}

function refuseAttach(name: string, { state }: ContainerRecord): void {
  if (state.status === 'paused') {
    const text = `container ${name} is paused, unpause the container before attach`;
    throw new EngineError(409, 'CONTAINER_PAUSED', text);
  }
  if (state.status === 'restarting') {
    const text = `container ${name} is restarting, wait until the container is running`;
    throw new EngineError(409, 'CONTAINER_NOT_RUNNING', text);
  }
}

interface Run {
  /** True when the process runs; false when it will not any more. */
  readonly begun: Promise<boolean>;
  /** The process has ended and what it wrote is in the log; or the start failed, or the client is gone. */
  readonly ended: Promise<void>;
}

/** The run that a client is attached to: the one that is on, else the next one. */
function watchRun(core: Core, container: ContainerRecord, signal: AbortSignal): Run {
  const { id } = container;
  let hasBegun = isAlive(container);
  let began: (isRunning: boolean) => void = () => undefined;
  let end: () => void = () => undefined;
  const begun = new Promise<boolean>((resolve) => (began = resolve));
  const ended = new Promise<void>((resolve) => (end = resolve));
  if (hasBegun) began(true);
  const finish = (): void => {
    stop();
    began(false);
    end();
  };
  const stop = core.changes.listen((changed) => {
    if (changed !== id) return;
    const now = core.state.containers.get(id);
    if (!now) {
      finish();
      return;
    }
    hasBegun ||= now.state.startedAt !== container.state.startedAt;
    const failed = now.state.error !== '' && now.state !== container.state;
    if (isAlive(now)) began(true);
    else if (hasBegun || failed) finish();
  });
  signal.addEventListener('abort', finish, { once: true });
  return { begun, ended };
}

function isAlive({ state }: ContainerRecord): boolean {
  return state.status === 'running' || state.status === 'paused';
}
