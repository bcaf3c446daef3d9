/** The reason with which an interrupted verb's signal aborts. */
export class Interruption extends Error {
  readonly isInterruption = true;

  constructor() {
    super('interrupted');
    this.name = 'Interruption';
  }
}

const controller = new AbortController();
let count = 0;
const listeners = new Set<(count: number) => void>();

/** Aborts at the first Ctrl-C or SIGTERM of this process. A third one ends the process at once. */
export function interruption(): AbortSignal {
  if (count === 0 && process.listenerCount('SIGINT') === 0) {
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', interrupt);
  }
  return controller.signal;
}

/** Calls back at each further Ctrl-C, with its number. */
export function onInterruption(listener: (count: number) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Until the result is called, Ctrl-C is somebody else's. */
export function withoutInterruption(): () => void {
  isHeld = true;
  return () => {
    isHeld = false;
  };
}

let isHeld = false;

function interrupt(): void {
  if (isHeld) return;
  count += 1;
  controller.abort(new Interruption());
  for (const listener of listeners) listener(count);
  if (count >= 3) process.exit(130);
}
