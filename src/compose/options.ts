/** What to load, and how far. All paths may be relative to `cwd`. */
export interface LoadOptions {
  /** Absolute. */
  readonly cwd: string;
  /** `-f`, in order; `-` is the standard input. */
  readonly files?: readonly string[] | undefined;
  /** `-p`. */
  readonly projectName?: string | undefined;
  /** `--project-directory`. */
  readonly projectDirectory?: string | undefined;
  /** `--env-file`, in order. */
  readonly envFiles?: readonly string[] | undefined;
  /** `--profile`; `*` is all of them. */
  readonly profiles?: readonly string[] | undefined;
  /** Services to keep, with what they depend on; all when left out or empty. */
  readonly services?: readonly string[] | undefined;
  /** The environment of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads the standard input, for `-f -`. */
  readonly stdin?: (() => Promise<string>) | undefined;
  /** Keep networks, volumes, configs and secrets that no service uses. */
  readonly allResources?: boolean | undefined;
  /** False: leave variables as they stand. Default: true, as for all that follow. */
  readonly interpolate?: boolean | undefined;
  /** False: no default network, names or implied dependencies. */
  readonly normalize?: boolean | undefined;
  /** False: leave relative paths as they stand. */
  readonly resolvePaths?: boolean | undefined;
  /** False: do not check references between services, networks and volumes. */
  readonly consistency?: boolean | undefined;
  /** False: leave `env_file` and bare names of `environment` as they stand. */
  readonly resolveEnvironment?: boolean | undefined;
}
