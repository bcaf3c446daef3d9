import type { BuildEvent } from './build.ts';
import type { ResourceAddress } from './plan.ts';

/** What the engine says while it works: `GET /berth/progress`, one JSON line each. Times in milliseconds. */
export interface StepEvent {
  readonly type: 'step';
  readonly object: 'network' | 'container' | 'volume' | 'image';
  readonly name: string;
  readonly operation: 'create' | 'start' | 'change' | 'stop' | 'remove';
  readonly step: string;
  readonly title: string;
  readonly status: 'started' | 'done' | 'failed' | 'undone';
  readonly durationMs?: number;
  readonly error?: string;
}

/** What a verb says while it runs; the CLI renders it (task list, plain lines, JSON lines). */
export type ProgressEvent =
  | StepEvent
  | {
      readonly type: 'operation';
      readonly id: number;
      readonly resource: ResourceAddress;
      readonly kind: string;
      readonly status: 'waiting' | 'started' | 'done' | 'failed' | 'skipped';
      readonly text: string;
      readonly durationMs?: number;
      readonly error?: string;
    }
  /** A line that a hook said. */
  | {
      readonly type: 'output';
      readonly from: string;
      readonly stream: 'stdout' | 'stderr';
      readonly text: string;
    }
  | {
      readonly type: 'transfer';
      /** Id of the operation. */
      readonly id: number;
      readonly resource: ResourceAddress;
      /** First 12 digits of its digest. */
      readonly layer: string;
      /** In Docker's words: `Downloading`, `Extracting`, `Pull complete`, … */
      readonly status: string;
      readonly currentBytes?: number;
      readonly totalBytes?: number;
    }
  | {
      readonly type: 'build';
      /** Id of the operation. */
      readonly id: number;
      readonly resource: ResourceAddress;
      readonly event: BuildEvent;
    }
  | { readonly type: 'note'; readonly level: 'info' | 'warning' | 'error'; readonly text: string };
