import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parentPort, Worker, type MessagePort } from 'node:worker_threads';

export type { Worker, MessagePort } from 'node:worker_threads';

/** The script of a worker beside the bundle; undefined where the sources run as they are. */
export function workerScript(name: string): string | undefined {
  const path = fileURLToPath(new URL(`${name}.cjs`, import.meta.url));
  return existsSync(path) ? path : undefined;
}

/** A thread of its own for work that would hold up the event loop. */
export function startWorker(script: string): Worker {
  const worker = new Worker(script, { stdin: false, stdout: false, stderr: false });
  worker.unref();
  return worker;
}

/** Inside of a worker: the way to who started it. */
export function workerPort(): MessagePort {
  if (!parentPort) throw new Error('this is not a worker');
  return parentPort;
}

/** Threads that can really run at once. */
export function processorCount(): number {
  return availableParallelism();
}
