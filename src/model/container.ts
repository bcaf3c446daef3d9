import type { EndpointRecord, EndpointSettings, PortRequest, PublishedPort } from './network.ts';

/** A health probe. Times are in nanoseconds, as the Engine API has them; 0 means the default. */
export interface HealthcheckSpec {
  /** `['NONE']`, `['CMD', …]` or `['CMD-SHELL', text]`; empty: inherit from the image. */
  readonly test: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly startInterval: number;
  readonly retries: number;
}

export interface RestartPolicy {
  readonly name: 'no' | 'always' | 'unless-stopped' | 'on-failure';
  /** 0: without limit. */
  readonly maximumRetryCount: number;
}

/** One mount into a container. */
export interface MountSpec {
  readonly type: 'bind' | 'volume' | 'tmpfs' | 'image';
  /** Host path, volume name (empty: anonymous), image reference, or nothing for tmpfs. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Asked for as `source:target:modes`: the modes, to be shown as they were written. */
  readonly shortMode?: string;
  /** Bind: create a missing host folder. */
  readonly createHostPath?: boolean;
  readonly propagation?: string;
  /** Bind: do not take the mounts below it along. */
  readonly nonRecursive?: boolean;
  /** Bind: only the mount itself is read-only, mounts below it are not. */
  readonly readOnlyNonRecursive?: boolean;
  readonly noCopy?: boolean;
  readonly subpath?: string;
  readonly tmpfsSizeBytes?: number;
  /** Octal mode as a number. */
  readonly tmpfsMode?: number;
  /** Further options of a tmpfs of the long form: `exec,uid=1000`. */
  readonly tmpfsExtra?: string;
  /** Raw tmpfs options (`HostConfig.Tmpfs` values). */
  readonly tmpfsOptions?: string;
  readonly volumeDriver?: string;
  readonly volumeOptions?: Readonly<Record<string, string>>;
  readonly volumeLabels?: Readonly<Record<string, string>>;
}

export type BlkioThrottle = 'ReadBps' | 'WriteBps' | 'ReadIOps' | 'WriteIOps';

/** Limits in the units of the Engine API (bytes, nano-CPUs, microseconds); absent: no limit. */
export interface ResourceSpec {
  readonly memory?: number;
  readonly memoryReservation?: number;
  readonly memorySwap?: number;
  readonly memorySwappiness?: number;
  readonly oomKillDisable?: boolean;
  readonly pidsLimit?: number;
  readonly nanoCpus?: number;
  readonly cpuShares?: number;
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  readonly blkioWeight?: number;
  readonly blkioWeightDevices?: readonly { readonly path: string; readonly weight: number }[];
  /** Limits of single disks: bytes or operations a second. */
  readonly blkioThrottles?: readonly {
    readonly kind: BlkioThrottle;
    readonly path: string;
    readonly rate: number;
  }[];
  readonly ulimits?: readonly { readonly name: string; readonly soft: number; readonly hard: number }[];
  readonly devices?: readonly {
    readonly pathOnHost: string;
    readonly pathInContainer: string;
    readonly permissions: string;
  }[];
  readonly deviceCgroupRules?: readonly string[];
}

export interface SecuritySpec {
  readonly privileged: boolean;
  readonly readOnlyRootfs: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly securityOpt: readonly string[];
  readonly groupAdd: readonly string[];
  readonly ipcMode: string;
  readonly pidMode: string;
  readonly utsMode: string;
  readonly usernsMode: string;
  readonly cgroupnsMode: string;
  readonly cgroupParent: string;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly oomScoreAdj: number;
  readonly shmSizeBytes: number;
  readonly init: boolean;
  /** Absent: the usual ones. */
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
}

/**
 * A secret or config, shown in a container as a read-only file that is kept in memory. Its content is no part of any
 * record.
 */
export interface GrantedFile {
  /** Absolute path in the container. */
  readonly target: string;
  /** Host file that is copied at each start; absent: a client hands the content over before the start. */
  readonly source?: string;
  /** Absent: those of `source`, root's without one. */
  readonly uid?: number;
  readonly gid?: number;
  /** Absent: that of `source`, 0444 without one. */
  readonly mode?: number;
}

/** What a client asks for when it creates a container. The image's defaults are not merged in. */
export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  /** `undefined`: the image's; `[]`: none. */
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  /** `K=V`; a bare `K` removes the image's `K`. */
  readonly env: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  readonly hostname: string;
  readonly domainname: string;
  readonly macAddress?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** `80/tcp`. */
  readonly exposedPorts: readonly string[];
  readonly tty: boolean;
  readonly openStdin: boolean;
  readonly stdinOnce: boolean;
  readonly attachStdin: boolean;
  readonly attachStdout: boolean;
  readonly attachStderr: boolean;
  /** Empty: the image's, else SIGTERM. */
  readonly stopSignal: string;
  /** Seconds; `undefined`: 10. */
  readonly stopTimeoutSeconds?: number;
  readonly healthcheck?: HealthcheckSpec;
  readonly restartPolicy: RestartPolicy;
  readonly autoRemove: boolean;
  /** `default`, `bridge`, `host`, `none`, `container:<name|id>`, or the name of a network. */
  readonly networkMode: string;
  /** Network name or id → settings, in the order of attachment. */
  readonly endpoints: readonly { readonly network: string; readonly settings: EndpointSettings }[];
  readonly ports: readonly PortRequest[];
  readonly publishAllPorts: boolean;
  readonly mounts: readonly MountSpec[];
  readonly files?: readonly GrantedFile[];
  /** Whose the folders become that are made for missing bind sources; absent: root's. */
  readonly hostPathOwner?: { readonly uid: number; readonly gid: number };
  /** Paths of anonymous volumes (`Config.Volumes`). */
  readonly anonymousVolumes: readonly string[];
  readonly volumesFrom: readonly string[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  /** `name:address`. */
  readonly extraHosts: readonly string[];
  readonly links: readonly string[];
  readonly logDriver: string;
  readonly logOptions: Readonly<Record<string, string>>;
  readonly runtime: string;
  readonly resources: ResourceSpec;
  readonly security: SecuritySpec;
}

export type ContainerStatus =
  'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

export interface HealthProbeResult {
  /** RFC 3339. */
  readonly start: string;
  readonly end: string;
  readonly exitCode: number;
  readonly output: string;
}

export interface HealthState {
  readonly status: 'none' | 'starting' | 'healthy' | 'unhealthy';
  readonly failingStreak: number;
  /** The last five probes, oldest first. */
  readonly log: readonly HealthProbeResult[];
}

/** The part of a container that changes while it lives. */
export interface ContainerState {
  readonly status: ContainerStatus;
  /** Host pid of the first process; 0 when it does not run. */
  readonly pid: number;
  readonly exitCode: number;
  readonly error: string;
  readonly oomKilled: boolean;
  /** RFC 3339 with nanoseconds; `0001-01-01T00:00:00Z` when it never happened. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly restartCount: number;
  /** A client asked for the stop: restart policies leave it alone. */
  readonly stoppedByUser: boolean;
  readonly health?: HealthState;
}

/** A mount with its real source, as a container uses it. */
export interface MountPoint {
  readonly type: 'bind' | 'volume' | 'tmpfs' | 'image';
  /** Volume name, image id; empty for other types. */
  readonly name: string;
  /** Absolute host path; empty for tmpfs. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly propagation: string;
  readonly anonymous: boolean;
  readonly spec: MountSpec;
}

/** A container as the engine keeps it. */
export interface ContainerRecord {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly spec: ContainerSpec;
  readonly imageId: string;
  /** Spec merged with the image's configuration: what will really run. */
  readonly process: ProcessSpec;
  readonly endpoints: readonly EndpointRecord[];
  readonly mounts: readonly MountPoint[];
  readonly publishedPorts: readonly PublishedPort[];
  /** RFC 3339 with nanoseconds. */
  readonly created: string;
  readonly state: ContainerState;
}

/** What runs: the spec with the image's defaults merged in. */
export interface ProcessSpec {
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  readonly stopSignal: string;
  readonly healthcheck?: HealthcheckSpec;
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}
