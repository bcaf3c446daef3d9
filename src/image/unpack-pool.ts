import { processorCount, startWorker, workerScript, type Worker } from '../host/worker.ts';
import type { UnpackedLayer } from './unpack.ts';
import { unpackError, type FromWorker, type ToWorker } from './unpack-messages.ts';
import { unpackHere, type LayerSource, type Unpacker, type UnpackRequest } from './unpacker.ts';

/** Threads that unpack, where the program for them was built; otherwise the calling thread does it. */
export function unpackerFor(): Unpacker {
  const script = workerScript('unpack-worker');
  if (script === undefined) return unpackHere;
  const pool = new UnpackPool(script);
  return (source, request) => pool.unpack(source, request);
}

interface Job {
  readonly request: UnpackRequest;
  readonly resolve: (layer: UnpackedLayer) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly jobs: Map<number, Job>;
  rest: NodeJS.Timeout | undefined;
}

/**
 * Unpacks layers on threads of their own, so that whoever owns the event loop goes on answering. Threads come when
 * they are needed and go when they have had nothing to do for a while.
 */
class UnpackPool {
  readonly #script: string;
  readonly #threads = new Set<Thread>();
  #lastId = 0;

  constructor(script: string) {
    this.#script = script;
  }

  async unpack(source: LayerSource, request: UnpackRequest): Promise<UnpackedLayer> {
    const thread = this.#thread();
    this.#lastId += 1;
    const id = this.#lastId;
    const layer = new Promise<UnpackedLayer>((resolve, reject) => {
      thread.jobs.set(id, { request, resolve, reject });
    });
    const { path } = source;
    const { into, limits } = request;
    tell(thread, { type: 'begin', id, path, into, limits });
    try {
      const [result] = await Promise.all([layer, forward(thread, id, source)]);
      return result;
    } finally {
      // The thread has let go of the folder before anybody takes it away.
      await layer.catch(() => undefined);
      thread.jobs.delete(id);
      this.#rest(thread);
    }
  }

  /** The one with the least to do. */
  #thread(): Thread {
    const threads = [...this.#threads].toSorted((a, b) => a.jobs.size - b.jobs.size);
    const [idlest] = threads;
    const isEnough = threads.length >= Math.min(MOST_THREADS, processorCount());
    const thread = idlest && (idlest.jobs.size === 0 || isEnough) ? idlest : this.#start();
    clearTimeout(thread.rest);
    return thread;
  }

  #start(): Thread {
    const thread: Thread = { worker: startWorker(this.#script), jobs: new Map(), rest: undefined };
    this.#threads.add(thread);
    thread.worker.on('message', (message: FromWorker) => hear(thread, message));
    thread.worker.on('error', (error) => this.#gone(thread, error));
    thread.worker.on('exit', () => this.#gone(thread, new Error('the unpacking thread has ended')));
    return thread;
  }

  #rest(thread: Thread): void {
    if (thread.jobs.size > 0 || !this.#threads.has(thread)) return;
    thread.rest = setTimeout(() => {
      this.#threads.delete(thread);
      void thread.worker.terminate();
    }, REST_MS).unref();
  }

  #gone(thread: Thread, error: unknown): void {
    this.#threads.delete(thread);
    for (const job of thread.jobs.values()) job.reject(error);
  }
}

const MOST_THREADS = 4;
const REST_MS = 10_000;
const FORWARD_BYTES = 256 * 1024;

function tell(thread: Thread, message: ToWorker): void {
  thread.worker.postMessage(message);
}

function hear(thread: Thread, message: FromWorker): void {
  const job = thread.jobs.get(message.id);
  if (message.type === 'read') job?.request.onRead?.(message.bytes);
  else if (message.type === 'done') job?.resolve(message.layer);
  else job?.reject(unpackError(message.error));
}

/** Tells the thread how far the file has grown, until its end. */
async function forward(thread: Thread, id: number, { growth }: LayerSource): Promise<void> {
  let told = 0;
  try {
    for (let more = true; more;) {
      more = await growth.reaches(told + FORWARD_BYTES);
      told = growth.sizeBytes;
      tell(thread, { type: 'grow', id, sizeBytes: told });
    }
    tell(thread, { type: 'end', id, failed: false });
  } catch (error) {
    tell(thread, { type: 'end', id, failed: true });
    throw error;
  }
}
