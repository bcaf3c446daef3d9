import type { ObservedContainer } from '../plan/observed.ts';
import type { EngineClientLike } from './engine-client.ts';
import { Follower } from './log-follower.ts';
import { LineReader } from './log-lines.ts';
import { containersOf, named, requestFor, type LogLine, type LogsOptions } from './log-sources.ts';

export type { LogLine, LogsOptions } from './log-sources.ts';

/**
 * What the services said, as one stream in the order of time. With `follow` it goes on through restarts and recreates,
 * takes in new replicas, and ends when nothing of the project runs any more.
 */
export function logs(client: EngineClientLike, options: LogsOptions): AsyncIterable<LogLine> {
  return options.follow ? followed(client, options) : written(client, options);
}

async function* written(client: EngineClientLike, options: LogsOptions): AsyncIterable<LogLine> {
  const containers = await containersOf(client, options);
  const all = await Promise.all(containers.map((container) => linesOf(client, container, options)));
  const lines = all.flat();
  lines.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  yield* lines;
}

async function linesOf(
  client: EngineClientLike,
  container: ObservedContainer,
  options: LogsOptions,
): Promise<LogLine[]> {
  const framed = await client.getContainer(container.id).logs(requestFor(options));
  const reader = new LineReader();
  return [...reader.push(Buffer.from(framed)), ...reader.end()].map((line) => named(line, container));
}

async function* followed(client: EngineClientLike, options: LogsOptions): AsyncIterable<LogLine> {
  const lastTimes = new Map<string, string>();
  let current = client;
  for (;;) {
    try {
      yield* new Follower({ client: current, options, lastTimes }).lines();
      return;
    } catch (error) {
      if (options.signal.aborted) return;
      if (!options.reconnect || !isBrokenConnection(error)) throw error;
      current = await options.reconnect();
    }
  }
}

/** The engine died; its containers go on. */
function isBrokenConnection(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return ['ENGINE_GONE', 'ENGINE_NOT_RUNNING', 'ECONNRESET', 'EPIPE'].includes(String(code));
}
