import type { WatchAction } from './rules.ts';

/** What a watch session tells, as it happens. */
export type WatchEvent =
  /** Everything is watched from now on. */
  | { readonly type: 'ready'; readonly rules: number; readonly folders: number; readonly durationMs: number }
  | { readonly type: 'note'; readonly level: 'info' | 'warning'; readonly text: string }
  /** An action that takes a while has begun. */
  | { readonly type: 'begun'; readonly action: WatchStep; readonly service: string }
  /** A line that a command in a container wrote. */
  | { readonly type: 'output'; readonly service: string; readonly text: string }
  | WatchDone
  | {
      readonly type: 'failed';
      readonly action: WatchStep;
      readonly service: string;
      readonly error: unknown;
    };

/** What is done for a service, one after the other; `restore` puts synced files into a container made since. */
export type WatchStep = 'rebuild' | 'sync' | 'restart' | 'exec' | 'initial sync' | 'restore';

export interface WatchDone {
  readonly type: 'done';
  readonly action: WatchStep;
  readonly service: string;
  /** Relative to the project's folder; those that made it necessary. */
  readonly files: readonly string[];
  /** Facts: `→ /app`, `2 replicas`. */
  readonly text: string;
  readonly durationMs: number;
}

/** The steps that an action of the file stands for. */
export function stepsOf(action: WatchAction): readonly WatchStep[] {
  switch (action) {
    case 'rebuild':
      return ['rebuild'];
    case 'restart':
      return ['restart'];
    case 'sync':
      return ['sync'];
    case 'sync+restart':
      return ['sync', 'restart'];
    case 'sync+exec':
      return ['sync', 'exec'];
  }
}
