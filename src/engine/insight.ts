import { setTimeout as delay } from 'node:timers/promises';
import { readMachineUsage, type ContainerUsage, type MachineUsage } from '../container/usage.ts';
import { run } from '../host/exec.ts';
import type { ContainerRecord } from '../model/container.ts';
import { EngineError } from '../model/errors.ts';
import type { Core } from './core.ts';
import { publishContainerEvent } from './engine-events.ts';
import { nowText } from './time.ts';

const SAMPLE_MS = 1000;

/** One look at what a container uses. */
export interface UsageSample {
  /** RFC 3339. */
  readonly takenAt: string;
  readonly machine: MachineUsage;
  /** Absent while it does not run. */
  readonly usage: ContainerUsage | undefined;
}

/** The processes of a container as `ps` on the host prints them. */
export interface ProcessTable {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Samples of a container's use, one a second until `signal`, or until the container is removed. */
export async function* sampleUsage(
  core: Core,
  idOrName: string,
  signal: AbortSignal,
): AsyncGenerator<UsageSample, void> {
  const { id } = core.state.findContainer(idOrName);
  for (;;) {
    const container = core.state.containers.get(id);
    if (!container || signal.aborted) return;
    const usage = isRunning(container) ? (await core.driver()).usage(id) : undefined;
    yield { takenAt: nowText(), machine: readMachineUsage(), usage };
    await delay(SAMPLE_MS, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * Lists the processes of a running container. `psArguments` are those of `ps`.
 * Throws EngineError CONTAINER_NOT_RUNNING, BAD_REQUEST; HostError where `ps` fails.
 */
export async function listProcesses(
  core: Core,
  idOrName: string,
  psArguments: readonly string[],
): Promise<ProcessTable> {
  const container = core.state.findContainer(idOrName);
  if (!isRunning(container)) {
    throw new EngineError(409, 'CONTAINER_NOT_RUNNING', `container ${container.id} is not running`);
  }
  const pids = new Set((await core.driver()).processes(container.id));
  const { stdout, stderr, exitCode } = await run(['ps', ...psArguments], {
    allowFailure: true,
    env: { COLUMNS: '4096' },
  });
  if (exitCode !== 0) {
    throw new EngineError(
      400,
      'BAD_REQUEST',
      `ps ${psArguments.join(' ')}: ${stderr.trim().split('\n')[0] ?? ''}`,
    );
  }
  publishContainerEvent(core, container, 'top');
  return processTable(stdout, pids);
}

/** Keeps the lines of the wanted processes. The last column takes the rest of its line. */
export function processTable(text: string, wanted: ReadonlySet<number>): ProcessTable {
  const [head = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  const titles = head.trim().split(/\s+/);
  const pidColumn = titles.indexOf('PID');
  if (pidColumn === -1) {
    throw new EngineError(400, 'BAD_REQUEST', "Couldn't find PID field in ps output", {
      hint: 'The columns asked for must hold the pid.',
    });
  }
  const rows = lines
    .map((line) => columnsOf(line, titles.length))
    .filter((row) => wanted.has(Number(row[pidColumn])));
  return { titles, rows };
}

function columnsOf(line: string, count: number): string[] {
  const words = line.trim().split(/\s+/);
  return [...words.slice(0, count - 1), words.slice(count - 1).join(' ')];
}

function isRunning({ state }: ContainerRecord): boolean {
  return state.status === 'running' || state.status === 'paused';
}
