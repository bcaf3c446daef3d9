import type { SourceRange } from './source.ts';

/** An error as the engine sends it under `berth`, beside Docker's `message`: all that a client rebuilds it from. */
export interface WireError {
  readonly kind: 'engine' | 'host' | 'service' | 'compose' | 'teardown' | 'usage' | 'berth';
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly at?: SourceRange;
  readonly frame?: string;
  readonly notes?: readonly string[];
  readonly command?: string;
  readonly stderr?: string;
  readonly logTail?: readonly string[];
  readonly others?: readonly WireError[];
}

/** The body of an answer with an error status. */
export interface ErrorBody {
  readonly message: string;
  readonly berth?: WireError;
}
