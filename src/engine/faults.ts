/** Lets a test kill the engine right before or right after a step, to prove that the next command heals. */
export interface Faults {
  readonly before: (stepId: string) => void;
  readonly after: (stepId: string) => void;
}

export const noFaults: Faults = { before: () => undefined, after: () => undefined };

/**
 * Reads `BERTH_FAULT`: `before:<step id>` or `after:<step id>`, with the ids that `berth plan --steps` prints.
 * The process sends itself SIGKILL there: nothing is flushed, closed or told.
 */
export function faultsFrom(setting: string | undefined): Faults {
  if (!setting) return noFaults;
  const [when, ...rest] = setting.split(':');
  const wanted = rest.join(':');
  const dieAt = (stepId: string): void => {
    if (stepId !== wanted) return;
    process.kill(process.pid, 'SIGKILL');
    // The signal is delivered on the way back from the kernel; nothing after this line runs.
    for (;;);
  };
  if (when === 'before') return { before: dieAt, after: () => undefined };
  if (when === 'after') return { before: () => undefined, after: dieAt };
  return noFaults;
}
