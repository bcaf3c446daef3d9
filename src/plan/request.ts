import type { Project } from '../model/compose.ts';
import type { ObservedContainer, ObservedState } from './observed.ts';

/** Everything `planUp` looks at. */
export interface UpInput {
  readonly project: Project;
  readonly observed: ObservedState;
  readonly bodies: BodyMaker;
  readonly request: UpRequest;
}

/** What the person asked for; the names are those of the flags. */
export interface UpRequest {
  /** Empty: all services. */
  readonly services: readonly string[];
  readonly noDeps?: boolean;
  /** The pull policy for all services, instead of their own. */
  readonly pull?: string | undefined;
  /** What is there was fetched just now: only what is missing is. */
  readonly pulled?: boolean;
  /** What is to be built on every run was built just now. */
  readonly built?: boolean;
  /** Build every image that has a `build`, changed or not. */
  readonly build?: boolean;
  /** Build nothing. */
  readonly noBuild?: boolean;
  readonly forceRecreate?: boolean;
  readonly noRecreate?: boolean;
  readonly alwaysRecreateDeps?: boolean;
  readonly renewAnonVolumes?: boolean;
  readonly removeOrphans?: boolean;
  /** Say nothing about orphans. */
  readonly ignoreOrphans?: boolean;
  /** Networks and volumes that no service uses, too. */
  readonly allResources?: boolean;
  /** Make volumes anew whose definition changed; their data is lost. */
  readonly renewVolumes?: boolean;
  readonly noStart?: boolean;
  /** Wait until every service runs, or is healthy where it has a health check. */
  readonly wait?: boolean;
  /** Run finished one-shots again. */
  readonly rerun?: boolean;
  /** Providers have been asked already. */
  readonly provided?: boolean;
  /** Service → replicas. */
  readonly scale?: Readonly<Record<string, number>>;
  /** For stops; undefined: each container's own. */
  readonly timeoutSeconds?: number | undefined;
}

/** Makes the Docker Engine API request that an operation carries; the planner does not look inside. */
export interface BodyMaker {
  readonly network: (key: string) => object;
  readonly volume: (key: string) => object;
  readonly container: (wanted: WantedContainer) => object;
  /** The settings of a container on one of its networks, by the network's name. */
  readonly endpoint: (wanted: { service: string; number: number; network: string }) => object;
  /** The container of a `pre_start` hook, for the replica that is about to start. */
  readonly initContainer: (wanted: { service: string; replica: string; index: number }) => object;
}

export interface WantedContainer {
  readonly service: string;
  readonly number: number;
  /** The name it is created under, which a recreate changes afterwards. */
  readonly name: string;
  /** The container whose place it takes: its anonymous volumes go on, unless they are to be renewed. */
  readonly replaces?: ObservedContainer | undefined;
  /** The container whose place it takes, in any case: its addresses go on. */
  readonly succeeds?: ObservedContainer | undefined;
  readonly imageId: string;
}
