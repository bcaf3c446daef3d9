import { EngineError } from '../../src/model/errors.ts';

/** The error that `work` throws. */
export function thrownBy(work: () => unknown): EngineError {
  try {
    work();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
