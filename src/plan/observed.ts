/** What exists now, as far as a plan asks: one snapshot of the engine's answers. */
export interface ObservedState {
  /** Every network of the engine. */
  readonly networks: readonly ObservedNetwork[];
  /** Every volume of the engine. */
  readonly volumes: readonly ObservedVolume[];
  /** Containers of the project, stopped ones and one-offs included. */
  readonly containers: readonly ObservedContainer[];
  /** Image reference as a service writes it → image id; a reference that is absent here is not in the store. */
  readonly images: Readonly<Record<string, string>>;
  /** Image reference → when it got its name last, in milliseconds since 1970. */
  readonly imageTimes?: Readonly<Record<string, number>>;
  /** When all this was seen. */
  readonly nowMs?: number;
  /** Service → what a build of its image would mean. */
  readonly builds?: Readonly<Record<string, ObservedBuild>>;
}

export interface ObservedBuild {
  /** `foreign`: the image was not built from this context. */
  readonly fate: 'missing' | 'changed' | 'fresh' | 'foreign';
  /** Why it is missing or changed. */
  readonly reason: string;
  /** The request to the engine. */
  readonly body: object;
  /** Services whose images it begins with or copies from. */
  readonly needs: readonly string[];
  /** Name of the network of its RUN steps. */
  readonly network: string;
}

export interface ObservedNetwork {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ObservedVolume {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ObservedContainer {
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  readonly status: string;
  /** Of the last run; undefined when it runs or never ran. */
  readonly exitCode: number | undefined;
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Network name → network id. */
  readonly networks: Readonly<Record<string, string>>;
  /** Network name → its addresses there, while it runs. */
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
  readonly mounts: readonly ObservedMount[];
  /** RFC 3339. */
  readonly created: string;
}

export interface ObservedMount {
  readonly type: string;
  /** Volume name; empty for other types. */
  readonly name: string;
  readonly target: string;
}

export function isRunning(container: ObservedContainer): boolean {
  return ['running', 'restarting', 'paused'].includes(container.status);
}
