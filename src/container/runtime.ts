import type { LimitAuthority } from './limits.ts';

/** The container runtime that works here, and what this machine allows. JSON: it is kept in the run root. */
export interface Runtime {
  readonly name: 'crun' | 'runc';
  /** Absolute path of the program. */
  readonly path: string;
  readonly version: string;
  readonly conmonPath: string;
  readonly conmonVersion: string;
  readonly cgroupVersion: '1' | '2';
  /** Both cgroup hierarchies are mounted and crun must not see that. */
  readonly hideUnified: boolean;
  /** Whether swap can be limited. */
  readonly swapLimit: boolean;
  /** What the engine may give to a container, full names. */
  readonly capabilities: readonly string[];
  readonly limits: LimitAuthority;
  /** Release of the kernel. */
  readonly kernel: string;
  /** Node's word: `x64`. */
  readonly processor: string;
  /** catatonit or tini, where one is installed. */
  readonly initPath?: string | undefined;
}
