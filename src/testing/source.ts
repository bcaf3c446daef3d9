import { basename, dirname, resolve } from 'node:path';
import { randomBytes } from 'node:crypto';
import { loadProject, type LoadOptions } from '../compose/index.ts';
import { checkSupport } from '../compose/support.ts';
import { ownEnvironment } from '../host/environment.ts';
import { pathKind } from '../host/text-files.ts';
import type { Project } from '../model/compose.ts';
import { paramsMissing } from './errors.ts';
import type { ComposeObject, Params, StackOptions } from './options.ts';

/** A stack that was read, under the name that it was read with. */
export interface Loaded {
  readonly project: Project;
  readonly warnings: readonly string[];
}

/**
 * Reads a source under a project name. Values of `params` stand in the place of `${NAME}`, before those of the
 * process and of `.env`.
 * @throws {ComposeError} what is wrong with the file; {UsageError} PARAM_MISSING
 */
export async function loadSource(
  source: string | ComposeObject,
  options: StackOptions & { readonly projectName: string },
): Promise<Loaded> {
  const { project, warnings } = await loadProject(loadOptionsFor(source, options));
  const missing = warnings.filter(({ code }) => code === 'COMPOSE_VARIABLE_UNSET');
  if (missing.length > 0) throw paramsMissing(missing.map(({ text }) => text));
  const support = checkSupport(project);
  const [first] = support.errors;
  if (first) throw first;
  return { project, warnings: [...warnings, ...support.warnings].map(({ text }) => text) };
}

/** The beginning of the names of its projects: given, else from where it stands. */
export function baseName(source: string | ComposeObject, options: StackOptions): string {
  const given = options.name ?? (isPath(source) ? basename(folderOf(source, options)) : 'stack');
  const name = given.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '');
  return /^[a-z0-9]/.test(name) ? name.slice(0, 40) : 'stack';
}

export function uniqueName(base: string): string {
  return `${base}-${randomBytes(4).toString('hex')}`;
}

function loadOptionsFor(
  source: string | ComposeObject,
  options: StackOptions & { readonly projectName: string },
): LoadOptions {
  const { projectName, params = {}, profiles, services, envFiles } = options;
  const cwd = options.cwd ?? process.cwd();
  const common = {
    cwd,
    projectName,
    profiles,
    services,
    envFiles,
    environment: { ...ownEnvironment(), ...textsOf(params) },
  };
  if (isPath(source)) {
    const path = resolve(cwd, source);
    return pathKind(path) === 'folder' ? { ...common, cwd: path } : { ...common, files: [path] };
  }
  const text = typeof source === 'string' ? source : JSON.stringify(source);
  // In an object a dollar is a dollar: whoever writes one has the variables of the language.
  const interpolate = typeof source === 'string';
  return { ...common, interpolate, files: ['-'], projectDirectory: cwd, stdin: () => Promise.resolve(text) };
}

/** A text of several lines is the file itself. */
function isPath(source: string | ComposeObject): source is string {
  return typeof source === 'string' && !source.includes('\n');
}

function folderOf(path: string, { cwd = process.cwd() }: StackOptions): string {
  const whole = resolve(cwd, path);
  return pathKind(whole) === 'folder' ? whole : dirname(whole);
}

function textsOf(params: Params): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
}
