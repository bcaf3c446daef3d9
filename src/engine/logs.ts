import { readLog } from '../container/logs.ts';
import type { Core } from './core.ts';
import type { LogChunk, LogOptions } from './engine-api.ts';

/** The log of a container. Following ends when the container does, after the last line. */
export function containerLogs(core: Core, idOrName: string, options: LogOptions): AsyncIterable<LogChunk> {
  const { id } = core.state.findContainer(idOrName);
  const over = new AbortController();
  return options.follow ? core.logReaders.count(id, readToEnd(), options.signal) : readToEnd();

  async function* readToEnd(): AsyncGenerator<LogChunk> {
    const ended = whenEnded(core, id, over.signal);
    try {
      yield* readLog({ ...options, path: `${core.records.containerFolder(id)}/ctr.log`, ended });
    } finally {
      over.abort();
    }
  }
}

/** Resolves when the container neither runs nor is about to run again. */
async function whenEnded(core: Core, id: string, signal: AbortSignal): Promise<void> {
  const isOver = (): boolean => {
    const status = core.state.containers.get(id)?.state.status;
    return status === undefined || !['running', 'paused', 'restarting'].includes(status);
  };
  if (isOver()) return;
  await new Promise<void>((resolve) => {
    const stop = core.changes.listen((changed) => {
      if (changed !== id || !isOver()) return;
      stop();
      resolve();
    });
    signal.addEventListener('abort', () => {
      stop();
      resolve();
    });
  });
}
