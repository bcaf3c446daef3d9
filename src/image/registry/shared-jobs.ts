import type { TransferEvent } from '../../model/transfer.ts';
import { pullCancelled } from './errors.ts';

export interface JobContext {
  /** Aborts when nobody wants the result any more. */
  readonly signal: AbortSignal;
  readonly emit: (event: TransferEvent) => void;
}

export interface JobUser {
  readonly signal: AbortSignal;
  readonly onEvent: (event: TransferEvent) => void;
}

interface Job {
  readonly done: Promise<void>;
  readonly cancel: AbortController;
  readonly users: Set<JobUser>;
  last: TransferEvent | undefined;
}

/** Work that several may want at once and that is done once; it ends early when all of them are gone. */
export class SharedJobs {
  readonly #jobs = new Map<string, Job>();

  /** Takes part in the job of this key, or starts it. A failure of somebody else's is not one's own: then it is tried anew. */
  async run(key: string, user: JobUser, work: (context: JobContext) => Promise<void>): Promise<void> {
    for (let isOver = false; !isOver;) {
      if (user.signal.aborted) throw pullCancelled();
      const running = this.#jobs.get(key);
      const job = running ?? this.#start(key, work);
      try {
        await this.#join(job, user);
        isOver = true;
      } catch (error) {
        const isOwn = running === undefined;
        if (isOwn || hasLeft(user)) throw error;
      }
    }
  }

  #start(key: string, work: (context: JobContext) => Promise<void>): Job {
    const cancel = new AbortController();
    const users = new Set<JobUser>();
    const emit = (event: TransferEvent): void => {
      job.last = event;
      for (const user of users) user.onEvent(event);
    };
    const done = Promise.resolve()
      .then(() => work({ signal: cancel.signal, emit }))
      .finally(() => this.#jobs.delete(key));
    const job: Job = { done, cancel, users, last: undefined };
    done.catch(() => undefined);
    this.#jobs.set(key, job);
    return job;
  }

  async #join(job: Job, user: JobUser): Promise<void> {
    job.users.add(user);
    if (job.last) user.onEvent(job.last);
    const { promise: gone, reject } = withReject();
    const leave = (): void => {
      job.users.delete(user);
      if (job.users.size === 0) job.cancel.abort();
      reject(pullCancelled());
    };
    user.signal.addEventListener('abort', leave, { once: true });
    try {
      await Promise.race([job.done, gone]);
    } finally {
      user.signal.removeEventListener('abort', leave);
      job.users.delete(user);
      // Whoever was the last to leave sees the work end: its files are then no longer in use.
      if (user.signal.aborted && job.users.size === 0) await job.done.catch(() => undefined);
    }
  }
}

function hasLeft({ signal }: JobUser): boolean {
  return signal.aborted;
}

function withReject(): { promise: Promise<never>; reject: (error: unknown) => void } {
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<never>((_resolve, no) => (reject = no));
  promise.catch(() => undefined);
  return { promise, reject };
}
