import type { DescribedStep } from './action.ts';
import type { BerthError } from './errors.ts';

/** Which engine it is, and where its things are. Paths are absolute. */
export interface EngineInfo {
  readonly id: string;
  readonly version: string;
  readonly pid: number;
  readonly root: string;
  readonly runRoot: string;
  readonly socketPath: string;
  readonly runtime: string;
  readonly cgroupVersion: '1' | '2';
}

/** What `GET /berth/status` answers. */
export interface EngineStatus extends EngineInfo {
  readonly containers: number;
  readonly containersRunning: number;
  readonly networks: number;
  readonly images: number;
}

/** An operation with the host steps that it would take. */
export interface ExpandedOperation {
  readonly id: number;
  readonly steps: readonly DescribedStep[];
}

/** What would keep an operation from being done. */
export interface PreflightProblem {
  readonly id: number;
  readonly error: BerthError;
}

/** A file of the machine that is to be at a path of a container; without `from` the path is to go. */
export interface FileChange {
  /** Absolute path on the machine. What is not there takes `to` with it. */
  readonly from?: string | undefined;
  /** Absolute path in the container. */
  readonly to: string;
}

/** How many paths of each outcome. `same`: it was there already; `absent`: there was nothing to remove. */
export interface FileChangeResult {
  readonly written: number;
  readonly same: number;
  readonly removed: number;
  readonly absent: number;
  readonly failures: readonly { readonly path: string; readonly message: string }[];
}
