import type { HealthcheckSpec } from './container.ts';

/** What an image says about the process it wants (OCI image-spec `config`, and Docker's additions). */
export interface ImageConfig {
  readonly user: string;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDir: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `80/tcp`. */
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly stopSignal: string;
  readonly healthcheck?: HealthcheckSpec;
  readonly shell?: readonly string[];
  /** Instructions for builds that begin with this image. */
  readonly onBuild?: readonly string[];
}

/** An image in the store. */
export interface ImageRecord {
  /** `sha256:` + 64 hexadecimal digits: the digest of its configuration. */
  readonly id: string;
  /** Familiar references with a tag, such as `redis:7` or `berth/host:latest`; empty when dangling. */
  readonly references: readonly string[];
  /** `name@sha256:…`. */
  readonly repoDigests: readonly string[];
  readonly created: string;
  readonly architecture: string;
  readonly os: string;
  readonly author: string;
  /** Bytes on disk, unpacked. */
  readonly sizeBytes: number;
  readonly config: ImageConfig;
  /** Uncompressed layer digests, lowest first; empty for `berth/host`. */
  readonly diffIds: readonly string[];
  /** True for `berth/host` and what is built on it: the lowest files are the machine's own, read through overlayfs. */
  readonly hostRootfs: boolean;
  /** When it got a name last, by a pull, a load or a tag; RFC 3339. */
  readonly lastTagTime?: string;
  readonly history: readonly {
    readonly created: string;
    readonly createdBy: string;
    readonly empty: boolean;
    readonly comment: string;
  }[];
}

/** A named or anonymous volume. */
export interface VolumeRecord {
  readonly name: string;
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly mountpoint: string;
  readonly created: string;
  readonly anonymous: boolean;
}
