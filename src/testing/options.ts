import type { Wait } from './wait.ts';

/** Values for `${NAME}` in a compose file. */
export type Params = Readonly<Record<string, string | number | boolean>>;

/** A compose file as an object. In its texts a dollar is a dollar. */
export interface ComposeObject {
  readonly services: Readonly<Record<string, ServiceObject>>;
  readonly networks?: Readonly<Record<string, object | null>>;
  readonly volumes?: Readonly<Record<string, object | null>>;
  readonly configs?: Readonly<Record<string, object>>;
  readonly secrets?: Readonly<Record<string, object>>;
  readonly [extension: `x-${string}`]: unknown;
}

/** A service in the words of the Compose Specification, short or long forms. */
export interface ServiceObject {
  readonly image?: string;
  readonly command?: string | readonly string[] | null;
  readonly entrypoint?: string | readonly string[] | null;
  readonly environment?: Readonly<Record<string, string | number | boolean | null>> | readonly string[];
  readonly ports?: readonly (string | number | object)[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, object>>;
  readonly volumes?: readonly (string | object)[];
  readonly networks?: readonly string[] | Readonly<Record<string, object | null>>;
  readonly healthcheck?: object;
  readonly [attribute: string]: unknown;
}

export interface StackOptions<S extends string = string> {
  /** The beginning of the project's name, which gets a random end; default: the folder of the file, or `stack`. */
  readonly name?: string;
  /** For `${NAME}`: before the variables of the process and of `.env`. */
  readonly params?: Params;
  /** Service → variables added to its `environment`. */
  readonly env?: { readonly [K in S]?: Readonly<Record<string, string | number | boolean>> };
  readonly profiles?: readonly string[];
  /** Only these, and what they depend on. */
  readonly services?: readonly S[];
  readonly envFiles?: readonly string[];
  /** Folder of relative paths; default: that of the process. */
  readonly cwd?: string;
  /**
   * Service → what to wait for after its start and its health check; default: the ports it publishes, where it has no
   * health check.
   */
  readonly waitFor?: { readonly [K in S]?: Wait };
  /** Milliseconds until everything must be up; default 60,000. */
  readonly timeoutMs?: number;
  /** What is left as the file has it. Everything else is made free, so that stacks can run side by side. */
  readonly fixed?: readonly ('ports' | 'addresses' | 'names')[];
  /** Folder for the logs of the services when `up` fails. */
  readonly logsTo?: string;
}
