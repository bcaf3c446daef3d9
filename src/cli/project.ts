import { text as readText } from 'node:stream/consumers';
import type { LoadOptions } from '../compose/index.ts';
import type { ComposeWarning, Project } from '../model/compose.ts';
import { BerthError, ComposeError } from '../model/errors.ts';
import { formatRange } from '../model/source.ts';
import type { CliContext } from './context.ts';
import type { Globals } from './globals.ts';

/**
 * Loads the project that the global options name, and tells its warnings.
 * @throws {ComposeError} the mistakes of the files; what Berth does not support is one of them
 */
export async function projectFor(context: CliContext, services: readonly string[] = []): Promise<Project> {
  const { loadProject } = await import('../compose/index.ts');
  const { checkSupport } = await import('../compose/support.ts');
  const options = loadOptionsOf(context.globals);
  const { project: whole, warnings } = await loadProject(options);
  const isSwitchedOn = services.some((name) => whole.disabledServices.includes(name));
  const chosen = isSwitchedOn
    ? selected((await loadProject({ ...options, services })).project, whole)
    : whole;
  const project = withNameStyle(chosen, context.globals);
  const support = checkSupport(project);
  tellWarnings(context, [...warnings, ...support.warnings]);
  const [first, ...others] = support.errors;
  if (first) throw withOthers(first, others);
  return project;
}

/** `--compatibility` and COMPOSE_COMPATIBILITY give containers the names that version 1 gave them. */
function withNameStyle(project: Project, { compatibility }: Globals): Project {
  const isOld = compatibility === true || isOn(project.environment['COMPOSE_COMPATIBILITY']);
  return isOld ? { ...project, separator: '_' } : project;
}

/** Whether a variable such as COMPOSE_REMOVE_ORPHANS is set to a word for yes. */
export function isOn(value: string | undefined): boolean {
  return ['1', 't', 'true', 'y', 'yes', 'on'].includes((value ?? '').toLowerCase());
}

/** What the variables of a project say about containers that nothing asks for; a flag is stronger. */
export function orphanWishes(
  { environment }: Project,
  removeOrphans: boolean | undefined,
): { removeOrphans: boolean; ignoreOrphans: boolean } {
  return {
    removeOrphans: removeOrphans ?? isOn(environment['COMPOSE_REMOVE_ORPHANS']),
    ignoreOrphans: isOn(environment['COMPOSE_IGNORE_ORPHANS']),
  };
}

/** A service that is named is switched on, whatever its profiles; the services left out are no orphans for it. */
function selected(project: Project, whole: Project): Project {
  const all = [...Object.keys(whole.model.services), ...whole.disabledServices];
  return { ...project, disabledServices: all.filter((name) => !(name in project.model.services)) };
}

/** Says what the files make one wonder about, where that stands. */
function tellWarnings({ err }: CliContext, warnings: readonly ComposeWarning[]): void {
  for (const { text, at } of warnings) {
    const place = at ? `${formatRange(at, process.cwd())}: ` : '';
    err.line(`${err.colours.warning('warning:')} ${place}${text}`);
  }
}

function withOthers(first: ComposeError, others: readonly ComposeError[]): ComposeError {
  const { code, message, at, frame, hint } = first;
  return new ComposeError(code, message, { at, frame, hint, others: [...first.others, ...others] });
}

/** The project where there are files; its name alone when `-p` or COMPOSE_PROJECT_NAME gives it and there are none. */
export async function projectOrName(
  context: CliContext,
  services: readonly string[] = [],
): Promise<{ project: Project | undefined; projectName: string }> {
  const name = givenName(context.globals);
  try {
    const project = await projectFor(context, services);
    return { project, projectName: project.name };
  } catch (error) {
    const hasNoFile = error instanceof BerthError && error.code === 'COMPOSE_NO_FILE';
    if (name === undefined || !hasNoFile) throw error;
    return { project: undefined, projectName: name };
  }
}

/** The name of the project, as cheaply as it can be had. */
export async function nameOnly(context: CliContext): Promise<string> {
  const name = givenName(context.globals);
  if (name !== undefined) return name;
  const options = loadOptionsOf(context.globals);
  const { quickProjectName } = await import('../compose/quick-name.ts');
  const quick = quickProjectName(options);
  if (quick !== undefined) return quick;
  const { loadProject } = await import('../compose/index.ts');
  return (await loadProject(options)).project.name;
}

export function loadOptionsOf(globals: Globals): LoadOptions {
  return {
    cwd: process.cwd(),
    files: globals.file,
    projectName: globals.projectName,
    projectDirectory: globals.projectDirectory,
    envFiles: globals.envFile,
    profiles: globals.profile,
    ...(globals.allResources && { allResources: true }),
    environment: process.env,
    stdin: () => readText(process.stdin),
  };
}

function givenName(globals: Globals): string | undefined {
  if (globals.projectName !== undefined) return globals.projectName;
  const fromEnvironment = process.env['COMPOSE_PROJECT_NAME'];
  return fromEnvironment === '' ? undefined : fromEnvironment;
}
