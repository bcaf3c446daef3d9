import { dirname, join, relative } from 'node:path';
import { readBytes } from '../host/files-now.ts';
import type { ComposeValue, Project, ServiceModel } from '../model/compose.ts';
import { ignoreLines, patternSet, type PatternSet } from '../model/ignore-patterns.ts';
import { nothingToRebuild } from './errors.ts';

export type WatchAction = 'rebuild' | 'restart' | 'sync' | 'sync+restart' | 'sync+exec';

export interface WatchExec {
  readonly command: readonly string[];
  readonly user?: string | undefined;
  readonly privileged?: boolean | undefined;
  readonly workingDir?: string | undefined;
  readonly env: readonly string[];
}

/** One entry of a service's `develop.watch`. */
export interface WatchRule {
  readonly service: string;
  readonly action: WatchAction;
  /** Absolute path of a file or folder on the machine, without links in it. */
  readonly path: string;
  /** Where its files belong in the container; for the actions that sync. */
  readonly target: string | undefined;
  readonly initialSync: boolean;
  readonly exec: WatchExec | undefined;
  /** Whether a path of the machine is its business. */
  readonly covers: (path: string) => boolean;
  /** Whether a folder can hold something that is. */
  readonly enters: (folder: string) => boolean;
}

/** What editors and version control write beside the files that people mean. */
const ALWAYS_IGNORED = patternSet(
  ['.git', '.hg', '.svn', '.idea', '.DS_Store', '4913', '*~', '.*.swp', '.*.swx', '.*.swo', '.#*', '#*#']
    .concat(['*___jb_tmp___', '*___jb_old___', '.goutputstream-*', '.~lock.*#'])
    .map((pattern) => `**/${pattern}`),
);

/**
 * The rules of the services, or of all when none is named.
 * @throws {UsageError} WATCH_NO_BUILD
 */
export function watchRules(project: Project, services: readonly string[]): WatchRule[] {
  const names = services.length > 0 ? services : Object.keys(project.model.services);
  return names.flatMap((name) => {
    const service = project.model.services[name];
    return service ? rulesOf(name, service) : [];
  });
}

function rulesOf(name: string, service: ServiceModel): WatchRule[] {
  const develop = service['develop'] as { watch?: readonly RawRule[] } | undefined;
  const outside = contextIgnore(service);
  return (develop?.watch ?? []).map((raw) => {
    if (raw.action === 'rebuild' && !service.build) throw nothingToRebuild(name);
    return ruleOf(name, raw, outside);
  });
}

interface RawRule {
  readonly action: WatchAction;
  readonly path: string;
  readonly target?: string;
  readonly ignore?: string | readonly string[];
  readonly include?: string | readonly string[];
  readonly initial_sync?: boolean;
  readonly exec?: {
    readonly command?: readonly string[];
    readonly user?: string;
    readonly privileged?: boolean;
    readonly working_dir?: string;
    readonly environment?: Readonly<Record<string, string | null>>;
  };
}

function ruleOf(service: string, raw: RawRule, outside: (path: string) => boolean): WatchRule {
  const ignored = patternSet(listed(raw.ignore));
  const included = listed(raw.include);
  const wanted = included.length > 0 ? patternSet(included) : undefined;
  const inside = (path: string) => {
    if (path === raw.path) return '';
    return path.startsWith(`${raw.path}/`) ? path.slice(raw.path.length + 1) : undefined;
  };
  return {
    service,
    action: raw.action,
    path: raw.path,
    target: targetOf(raw),
    initialSync: raw.initial_sync ?? false,
    exec: execOf(raw),
    covers: (path) => {
      const name = inside(path);
      if (name === undefined || outside(path)) return false;
      if (name === '') return wanted === undefined;
      return (wanted?.matches(name) ?? true) && !ignored.matches(name) && !ALWAYS_IGNORED.matches(name);
    },
    enters: (folder) => {
      const name = inside(folder);
      if (name === undefined) return false;
      if (name === '') return true;
      return !ignored.prunes(name) && !ALWAYS_IGNORED.prunes(name) && !outside(folder);
    },
  };
}

function listed(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : (value ?? []);
}

/** A target that ends in a slash is the folder into which a single file goes. */
function targetOf({ path, target }: RawRule): string | undefined {
  if (target === undefined) return undefined;
  const absolute = join('/', target);
  return absolute === '/'
    ? '/'
    : absolute.replace(/\/$/, isFile(path) ? `/${path.split('/').at(-1) ?? ''}` : '');
}

function isFile(path: string): boolean {
  try {
    return readBytes(path) !== undefined;
  } catch {
    return false;
  }
}

function execOf({ exec }: RawRule): WatchExec | undefined {
  if (!exec?.command) return undefined;
  const { command, user, privileged, working_dir: workingDir, environment } = exec;
  const env = Object.entries(environment ?? {}).flatMap(([key, value]) =>
    value === null ? [] : [`${key}=${value}`],
  );
  return { command, user, privileged, workingDir, env };
}

/** What the .dockerignore of the build context leaves out, and the context's own .dockerignore. */
function contextIgnore({ build }: ServiceModel): (path: string) => boolean {
  const context = textAt(build, 'context');
  if (context === undefined || !context.startsWith('/')) return () => false;
  const patterns = ignoreFile(`${context}/.dockerignore`);
  return (path) => {
    const name = relative(context, path);
    if (name === '' || name.startsWith('..')) return false;
    return dirname(path) === context && name === '.dockerignore' ? true : (patterns?.matches(name) ?? false);
  };
}

function ignoreFile(path: string): PatternSet | undefined {
  const bytes = readBytes(path);
  return bytes && patternSet(ignoreLines(bytes.toString()));
}

function textAt(
  value: { readonly [key: string]: ComposeValue } | undefined,
  key: string,
): string | undefined {
  const found = value?.[key];
  return typeof found === 'string' ? found : undefined;
}
