import type { RestartPolicy } from '../model/container.ts';

/** How a container ended, as a restart policy looks at it. */
export interface EndedRun {
  readonly policy: RestartPolicy;
  readonly exitCode: number;
  /** Restarts so far in a row. */
  readonly restartCount: number;
  /** A client stopped it: then it stays stopped. */
  readonly stoppedByUser: boolean;
  readonly ranMs: number;
  /** The delay before this run; 0 before the first restart. */
  readonly lastDelayMs: number;
}

export type RestartDecision =
  | { readonly restart: false }
  | { readonly restart: true; readonly delayMs: number; readonly restartCount: number };

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 60_000;
/** A run this long counts as a success: the delays begin anew. */
const STEADY_RUN_MS = 10_000;
/** Exit code of what the machine took along. */
const KILLED = 137;

/** Whether and when a container that ended is started again: 100 ms, doubled at every quick end, at most a minute. */
export function decideRestart(run: EndedRun): RestartDecision {
  if (run.stoppedByUser || !policyWants(run)) return { restart: false };
  const steady = run.ranMs >= STEADY_RUN_MS;
  const delayMs =
    steady || run.lastDelayMs === 0 ? FIRST_DELAY_MS : Math.min(run.lastDelayMs * 2, LONGEST_DELAY_MS);
  return { restart: true, delayMs, restartCount: run.restartCount + 1 };
}

/**
 * Whether a container that ran when the machine went down is started when it is up again. Going down is a failure, which
 * counts for `on-failure`.
 */
export function restartsAfterBoot(container: {
  readonly policy: RestartPolicy;
  readonly stoppedByUser: boolean;
  readonly restartCount: number;
}): boolean {
  const { policy, stoppedByUser, restartCount } = container;
  if (policy.name === 'always') return true;
  if (policy.name === 'no' || stoppedByUser) return false;
  return policyWants({ policy, restartCount, exitCode: KILLED });
}

function policyWants({
  policy,
  exitCode,
  restartCount,
}: Pick<EndedRun, 'policy' | 'exitCode' | 'restartCount'>): boolean {
  switch (policy.name) {
    case 'no':
      return false;
    case 'always':
    case 'unless-stopped':
      return true;
    case 'on-failure':
      return exitCode !== 0 && (policy.maximumRetryCount === 0 || restartCount < policy.maximumRetryCount);
  }
}
