import type { HookModel } from './compose.ts';
import type { SourceRange } from './source.ts';

/** Why an operation is in the plan. `at` points into the compose file where that is known. */
export interface Cause {
  readonly text: string;
  readonly at?: SourceRange;
}

/** Address of a thing that operations are about. `name` is its name on the host: `shop-web-1`, `shop_front`. */
export interface ResourceAddress {
  readonly kind: 'network' | 'volume' | 'image' | 'container' | 'provider';
  readonly name: string;
  /** Key in the compose file: service, network or volume. */
  readonly key: string;
}

export type WaitCondition = 'healthy' | 'completed' | 'running';

/**
 * What an operation does. `body` is the request of the Docker Engine API, made by the stack room and carried
 * opaque by the planner.
 */
export type OperationDetail =
  | { readonly kind: 'pull-image'; readonly platform?: string }
  | { readonly kind: 'build-image'; readonly body: object }
  | { readonly kind: 'remove-image' }
  | { readonly kind: 'create-network'; readonly body: object }
  | { readonly kind: 'remove-network' }
  | { readonly kind: 'create-volume'; readonly body: object }
  | { readonly kind: 'remove-volume' }
  | { readonly kind: 'create-container'; readonly body: object }
  | { readonly kind: 'rename-container'; readonly to: string }
  /** Puts a stopped container on a network that was made anew. */
  | { readonly kind: 'connect-network'; readonly network: string; readonly endpoint: object }
  | { readonly kind: 'start-container' }
  | { readonly kind: 'stop-container'; readonly timeoutSeconds?: number }
  | { readonly kind: 'remove-container'; readonly volumes: boolean }
  | { readonly kind: 'wait-container'; readonly condition: WaitCondition }
  /** A container that runs to its end before the service starts; `body` makes it. */
  | { readonly kind: 'run-hook'; readonly hook: 'pre_start'; readonly index: number; readonly body: object }
  /** Calls the program behind a service with a `provider:`. */
  | { readonly kind: 'run-provider'; readonly command: 'up' | 'stop' | 'down' }
  /** A command in the running container. */
  | {
      readonly kind: 'exec-hook';
      readonly hook: 'post_start' | 'pre_stop';
      readonly index: number;
      readonly definition: HookModel;
    };

/** A node of the plan. */
export interface Operation {
  /** Position in the stable order of the plan, from 1. */
  readonly id: number;
  readonly resource: ResourceAddress;
  readonly detail: OperationDetail;
  /** Ids of the operations that must end well before this one starts. */
  readonly needs: readonly number[];
  /** Ids of the operations that must end, well or not, before this one starts. */
  readonly after?: readonly number[];
  readonly cause: Cause;
}

/** What will become of one resource: the line that `berth plan` prints for it. */
export interface ResourceChange {
  readonly resource: ResourceAddress;
  readonly verdict:
    'pull' | 'build' | 'create' | 'recreate' | 'start' | 'restart' | 'stop' | 'remove' | 'unchanged';
  readonly cause: Cause;
}

/** A DAG of operations, in an order in which every operation comes after what it needs. */
export interface Plan {
  readonly project: string;
  readonly operations: readonly Operation[];
  readonly changes: readonly ResourceChange[];
  /** What a person should know besides: orphans, volumes whose definition changed. */
  readonly notes?: readonly Cause[];
  /** Names of the volumes that a `down` leaves with their data. */
  readonly keptVolumes?: readonly string[];
}
