import { isOneOff, label, numberOf, serviceOf } from '../plan/labels.ts';
import type { ObservedContainer } from '../plan/observed.ts';
import type { EngineClientLike, ExecHandle } from './engine-client.ts';
import { serviceNotRunning } from './errors.ts';
import { observedContainer } from './observe.ts';
import { defined } from './values.ts';

export interface ExecOptions {
  readonly service: string;
  /** Undefined: the first replica that runs. */
  readonly index?: number | undefined;
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly user?: string | undefined;
  readonly workingDir?: string | undefined;
  readonly env?: readonly string[] | undefined;
  readonly privileged?: boolean | undefined;
  readonly detach?: boolean | undefined;
}

/** A command that runs in a container. Write to `stream` for its input; with a TTY the output is raw, else framed. */
export interface RunningExec {
  readonly handle: ExecHandle;
  readonly stream: NodeJS.ReadWriteStream;
}

/**
 * Starts a command in a running replica of a service.
 * @throws {UsageError} SERVICE_NOT_RUNNING
 */
export async function exec(
  client: EngineClientLike,
  about: { projectName: string; options: ExecOptions },
): Promise<RunningExec> {
  const { options } = about;
  const container = await findReplica(client, { ...about, ...options });
  const handle = await client.getContainer(container.id).exec(
    defined({
      AttachStdin: options.stdin,
      AttachStdout: options.detach !== true,
      AttachStderr: options.detach !== true,
      Tty: options.tty,
      Cmd: [...options.command],
      Env: options.env && options.env.length > 0 ? [...options.env] : undefined,
      User: options.user,
      WorkingDir: options.workingDir,
      Privileged: options.privileged,
    }),
  );
  const stream = await handle.start(
    options.detach === true
      ? { Detach: true, Tty: options.tty }
      : { hijack: true, stdin: options.stdin, Detach: false, Tty: options.tty },
  );
  return { handle, stream };
}

/** The running replica of a service with this number; without a number the first one, or else a one-off. */
export async function findReplica(
  client: EngineClientLike,
  about: { projectName: string; service: string; index?: number | undefined },
): Promise<ObservedContainer> {
  const filters = {
    label: [`${label.project}=${about.projectName}`, `${label.service}=${about.service}`],
  };
  const containers = (await client.listContainers({ filters })).map(observedContainer);
  const candidates = containers
    .filter((container) => serviceOf(container) === about.service)
    .sort((a, b) => Number(isOneOff(a)) - Number(isOneOff(b)) || numberOf(a) - numberOf(b));
  const found =
    about.index === undefined
      ? candidates[0]
      : candidates.find((container) => !isOneOff(container) && numberOf(container) === about.index);
  if (!found) throw serviceNotRunning(about.service, about.index);
  return found;
}
