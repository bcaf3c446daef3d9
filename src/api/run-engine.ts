import { runEngine } from '../engine/main.ts';
import { serveApi } from './serve.ts';

export interface ServeEngineOptions {
  readonly root: string;
  readonly runRoot: string;
  readonly version: string;
  /** Started by a command: leaves when nothing is left to do, and reports readiness on descriptor 3. */
  readonly detached: boolean;
  /** `BERTH_FAULT`: a step before or after which the engine kills itself, for tests of recovery. */
  readonly fault: string | undefined;
}

/** Runs the engine of a state root and serves its API, until it is stopped or nothing is left to do. */
export async function runAndServeEngine(options: ServeEngineOptions): Promise<void> {
  await runEngine({
    ...options,
    serve: (engine, socketPath) => serveApi(engine, socketPath, { onBug: (error) => console.error(error) }),
  });
}
