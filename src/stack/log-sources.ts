import { isOneOff, label, numberOf, serviceOf } from '../plan/labels.ts';
import type { ObservedContainer } from '../plan/observed.ts';
import type { EngineClientLike, LogsRequest } from './engine-client.ts';
import type { RawLine } from './log-lines.ts';
import { observedContainer } from './observe.ts';

export interface LogLine extends RawLine {
  readonly container: string;
  readonly service: string;
  readonly number: number;
}

export interface LogsOptions {
  readonly projectName: string;
  /** Empty: all. */
  readonly services: readonly string[];
  readonly index?: number | undefined;
  readonly follow?: boolean | undefined;
  /** Lines of each container; undefined: all. */
  readonly tail?: number | undefined;
  /** Seconds since 1970, with a fraction where wanted. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly signal: AbortSignal;
  /** With `follow`: how long nothing may run, after a stop that somebody asked for, before the log is over. */
  readonly patienceMs?: (() => number) | undefined;
  /** With `follow`: a client of the engine that came after one that died. Without it, its death ends the log. */
  readonly reconnect?: (() => Promise<EngineClientLike>) | undefined;
}

/** The containers whose output is wanted; one-offs have theirs elsewhere. */
export async function containersOf(
  client: EngineClientLike,
  options: LogsOptions,
): Promise<ObservedContainer[]> {
  const filters = { label: [`${label.project}=${options.projectName}`] };
  const containers = (await client.listContainers({ all: true, filters })).map(observedContainer);
  return containers.filter((container) => isWanted(container, options));
}

function isWanted(container: ObservedContainer, options: LogsOptions): boolean {
  if (isOneOff(container)) return false;
  if (options.index !== undefined && numberOf(container) !== options.index) return false;
  return options.services.length === 0 || options.services.includes(serviceOf(container));
}

/** The request for the output of one container. */
export function requestFor(options: LogsOptions): LogsRequest {
  const { tail, since, until, signal } = options;
  return {
    stdout: true,
    stderr: true,
    timestamps: true,
    abortSignal: signal,
    ...(tail !== undefined && { tail }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

/** A line with whose it is. */
export function named(line: RawLine, container: ObservedContainer): LogLine {
  return {
    ...line,
    container: container.name,
    service: serviceOf(container),
    number: numberOf(container),
  };
}
