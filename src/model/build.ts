import type { WireError } from './wire-error.ts';

/** An image to build: `POST /berth/build`. All paths are absolute and on the engine's machine. */
export interface BuildRequest {
  /** The folder that `COPY` reads. */
  readonly context: string;
  /** Path of the Dockerfile, absolute or relative to the context. */
  readonly dockerfile: string;
  /** Its text, in place of a file. */
  readonly dockerfileInline?: string;
  readonly args: Readonly<Record<string, string>>;
  /** Those of `args` that the command line gave: the image counts as fresh without them. */
  readonly givenArgs?: readonly string[];
  /** Empty: the last stage. */
  readonly target: string;
  /** Names for the image. */
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Name → folder, or `docker-image://reference`. */
  readonly contexts: Readonly<Record<string, string>>;
  readonly noCache: boolean;
  /** Stages that are built without the cache. */
  readonly noCacheFilter: readonly string[];
  /** Fetch the images of FROM anew. */
  readonly pull: boolean;
  /** `default`, `host`, `none`, or a network of the engine. */
  readonly network: string;
  /** `name:address`. */
  readonly extraHosts: readonly string[];
  /** Empty: the machine's own. */
  readonly platform: string;
  /** The content as base64, or a file of the engine's machine. */
  readonly secrets: readonly {
    readonly id: string;
    readonly content?: string;
    readonly file?: string;
  }[];
  /** `id=socket or key file`. */
  readonly ssh: readonly string[];
  /** `nofile=1024:2048`. */
  readonly ulimits: readonly string[];
  /** Bytes of memory; empty: no limit. */
  readonly memory: string;
  readonly privileged: boolean;
  /** Of `/dev/shm`; absent: 64 MiB. */
  readonly shmSizeBytes?: number;
}

/** What a build says while it runs, one JSON line each. */
export type BuildEvent =
  | {
      readonly type: 'step';
      /** Name of the stage; empty where there is only one without a name. */
      readonly stage: string;
      /** From 1, over all stages. */
      readonly number: number;
      readonly total: number;
      /** The instruction, on one line. */
      readonly text: string;
      /** Line of the Dockerfile. */
      readonly line: number;
    }
  /** The step before needs no work. */
  | { readonly type: 'cached' }
  /** A line of output. */
  | { readonly type: 'output'; readonly text: string }
  | {
      readonly type: 'built';
      readonly id: string;
      readonly tags: readonly string[];
      readonly steps: number;
      readonly cachedSteps: number;
    }
  | { readonly type: 'failed'; readonly error: WireError };

/** Whether an image is what its context and attributes would give. */
export interface BuildAssessment {
  /** `foreign`: an image of that name is there, which was not built from this context. */
  readonly fate: 'missing' | 'changed' | 'fresh' | 'foreign';
  /** `context changed: src/app.js`; empty when fresh. */
  readonly reason: string;
  readonly imageId: string;
}
