import type { Project } from '../model/compose.ts';
import type { ProgressEvent } from '../model/progress.ts';
import type { EngineClientLike } from './engine-client.ts';

/** What every verb about a project works with. */
export interface StackContext {
  readonly client: EngineClientLike;
  readonly project: Project;
  readonly emit: (event: ProgressEvent) => void;
  /** The person wants to stop. */
  readonly signal: AbortSignal;
  /** False: what keeps a plan from being done shows on the way, and whoever asked takes all of it down again. */
  readonly preflight?: boolean | undefined;
}

/** For verbs that also work by project name alone, without files. */
export interface NamedContext {
  readonly client: EngineClientLike;
  readonly projectName: string;
  readonly project?: Project | undefined;
  readonly emit: (event: ProgressEvent) => void;
  readonly signal: AbortSignal;
}
