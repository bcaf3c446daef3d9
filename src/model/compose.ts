import type { SourceRange } from './source.ts';

/** Any value that a compose file can hold. */
export type ComposeValue =
  null | boolean | number | string | readonly ComposeValue[] | { readonly [key: string]: ComposeValue };

/** A path into the model: `['services', 'web', 'ports', 0, 'target']`. */
export type ComposePath = readonly (string | number)[];

/** A compose project, loaded: files merged, values interpolated, short forms made long, defaults filled in. */
export interface Project {
  readonly name: string;
  /** Absolute. Relative paths of the files were resolved against it. */
  readonly workingDir: string;
  /** Absolute paths, in merge order. */
  readonly files: readonly string[];
  /** The model in its canonical long form: what `berth config` prints, with the specification's own keys. */
  readonly model: ComposeModel;
  /** Between the parts of container names: `-` unless `--compatibility` asks for `_`. */
  readonly separator?: '-' | '_';
  /** Names of services that profiles left out. */
  readonly disabledServices: readonly string[];
  /** What interpolation saw: process environment over `.env` files. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables of included files that their secrets and configs stand for. */
  readonly grantVariables?: Readonly<Record<string, string>>;
  /** `secrets.db` → digest of its content, where it was worked out. */
  readonly grantDigests?: Readonly<Record<string, string>>;
  /** Where the value at a path came from; the nearest known parent when the path itself is not in a file. */
  readonly at: (path: ComposePath) => SourceRange | undefined;
}

export interface ComposeWarning {
  readonly code: string;
  readonly text: string;
  readonly at?: SourceRange;
}

export interface ComposeModel {
  readonly name: string;
  readonly services: Readonly<Record<string, ServiceModel>>;
  readonly networks?: Readonly<Record<string, NetworkModel>>;
  readonly volumes?: Readonly<Record<string, VolumeModel>>;
  readonly configs?: Readonly<Record<string, FileObjectModel>>;
  readonly secrets?: Readonly<Record<string, FileObjectModel>>;
  readonly models?: Readonly<Record<string, ComposeValue>>;
  readonly [extension: `x-${string}`]: ComposeValue;
}

/** Keys and shapes as in the Compose Specification, long forms only; durations as Go texts (`1m30s`), sizes as decimal texts. */
export interface ServiceModel {
  readonly image?: string;
  readonly build?: { readonly [key: string]: ComposeValue };
  readonly command?: readonly string[] | null;
  readonly entrypoint?: readonly string[] | null;
  readonly container_name?: string;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly working_dir?: string;
  readonly user?: string;
  readonly hostname?: string;
  readonly domainname?: string;
  readonly ports?: readonly PortModel[];
  readonly expose?: readonly string[];
  readonly networks?: Readonly<Record<string, ServiceNetworkModel | null>>;
  readonly network_mode?: string;
  readonly depends_on?: Readonly<Record<string, DependencyModel>>;
  readonly volumes?: readonly ServiceVolumeModel[];
  readonly tmpfs?: readonly string[];
  readonly healthcheck?: HealthcheckModel;
  readonly restart?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly stop_signal?: string;
  readonly stop_grace_period?: string;
  readonly scale?: number;
  readonly deploy?: { readonly [key: string]: ComposeValue };
  readonly profiles?: readonly string[];
  readonly pre_start?: readonly InitHookModel[];
  readonly post_start?: readonly HookModel[];
  readonly pre_stop?: readonly HookModel[];
  readonly [other: string]: unknown;
}

export interface PortModel {
  readonly target: number;
  /** A port, or a range `8080-8090`. */
  readonly published?: string;
  readonly host_ip?: string;
  readonly protocol?: string;
  readonly mode?: string;
  readonly name?: string;
  readonly app_protocol?: string;
}

export interface ServiceNetworkModel {
  readonly aliases?: readonly string[];
  readonly ipv4_address?: string;
  readonly ipv6_address?: string;
  readonly link_local_ips?: readonly string[];
  readonly mac_address?: string;
  readonly interface_name?: string;
  readonly priority?: number;
  readonly gw_priority?: number;
  readonly driver_opts?: Readonly<Record<string, string>>;
}

export interface DependencyModel {
  readonly condition: 'service_started' | 'service_healthy' | 'service_completed_successfully';
  readonly required: boolean;
  readonly restart?: boolean;
}

export interface ServiceVolumeModel {
  readonly type: 'bind' | 'volume' | 'tmpfs' | 'image' | 'npipe' | 'cluster';
  readonly source?: string;
  readonly target: string;
  readonly read_only?: boolean;
  readonly consistency?: string;
  readonly bind?: {
    readonly propagation?: string;
    readonly create_host_path?: boolean;
    readonly recursive?: string;
    readonly selinux?: string;
  };
  readonly volume?: {
    readonly nocopy?: boolean;
    readonly subpath?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly tmpfs?: { readonly size?: string; readonly mode?: number };
  readonly image?: { readonly subpath?: string };
}

/** A command around the start or stop of a service. */
export interface HookModel {
  readonly command?: readonly string[] | null;
  readonly user?: string;
  readonly privileged?: boolean;
  readonly working_dir?: string;
  readonly environment?: Readonly<Record<string, string | null>>;
}

/** A container that runs to its end before a service starts. */
export interface InitHookModel extends HookModel {
  /** The service's own when left out. */
  readonly image?: string;
  readonly per_replica?: boolean;
}

export interface HealthcheckModel {
  readonly test?: readonly string[];
  readonly interval?: string;
  readonly timeout?: string;
  readonly retries?: number;
  readonly start_period?: string;
  readonly start_interval?: string;
  readonly disable?: boolean;
}

export interface NetworkModel {
  readonly name?: string;
  readonly driver?: string;
  readonly driver_opts?: Readonly<Record<string, string>>;
  readonly external?: boolean;
  readonly internal?: boolean;
  readonly attachable?: boolean;
  readonly enable_ipv4?: boolean;
  readonly enable_ipv6?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ipam?: {
    readonly driver?: string;
    readonly options?: Readonly<Record<string, string>>;
    readonly config?: readonly {
      readonly subnet?: string;
      readonly ip_range?: string;
      readonly gateway?: string;
      readonly aux_addresses?: Readonly<Record<string, string>>;
    }[];
  };
}

export interface VolumeModel {
  readonly name?: string;
  readonly driver?: string;
  readonly driver_opts?: Readonly<Record<string, string>>;
  readonly external?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface FileObjectModel {
  readonly name?: string;
  readonly file?: string;
  readonly environment?: string;
  readonly content?: string;
  readonly external?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
}
