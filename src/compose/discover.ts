import { basename, dirname, join } from 'node:path';
import { pathKind } from '../host/text-files.ts';
import type { Diagnostics } from './diagnostics.ts';
import { absoluteFrom, dotenvIn, shellEnvironment, withEnvFiles } from './environment/project-environment.ts';
import type { Environment } from './environment/project-environment.ts';
import * as mistakes from './errors.ts';
import * as warnings from './warnings.ts';
import type { LoadOptions } from './options.ts';

/** Which files make up the project, where its relative paths start, and what its variables are. */
export interface ProjectFiles {
  /** Absolute paths in merge order; `-` for the standard input. */
  readonly files: readonly string[];
  readonly workingDir: string;
  readonly environment: Environment;
}

const NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const OVERRIDES = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];

/**
 * Finds the files: those of `-f`, else of COMPOSE_FILE, else the first known name in this folder or one above, with
 * its override beside it. Reads the env files before (they may set COMPOSE_FILE) and after (the folder may be another).
 */
export function discover(options: LoadOptions, diagnostics: Diagnostics): ProjectFiles | undefined {
  const { cwd } = options;
  const shell = shellEnvironment(options.environment);
  const projectDirectory = options.projectDirectory && absoluteFrom(cwd, options.projectDirectory);
  const given = (options.files ?? []).map((file) => (file === '-' ? file : absoluteFrom(cwd, file)));
  const envFiles = explicitEnvFiles(options, shell);
  const first = envFiles ?? defaultEnvFile(projectDirectory ?? folderOf(given, cwd), shell);
  const early = withEnvFiles(shell, { files: first, diagnostics });
  const files =
    given.length > 0 ? given : (fromVariable(early, cwd) ?? search(projectDirectory ?? cwd, diagnostics));
  if (files === undefined) {
    diagnostics.report(mistakes.noComposeFile(projectDirectory ?? cwd));
    return undefined;
  }
  const workingDir = projectDirectory ?? folderOf(files, cwd);
  const second = envFiles ? [] : defaultEnvFile(workingDir, shell).filter((file) => !first.includes(file));
  return { files, workingDir, environment: withEnvFiles(early, { files: second, diagnostics }) };
}

function explicitEnvFiles({ cwd, envFiles = [] }: LoadOptions, shell: Environment): string[] | undefined {
  const listed =
    shell
      .get('COMPOSE_ENV_FILES')
      ?.value.split(',')
      .filter((file) => file !== '') ?? [];
  const files = envFiles.length > 0 ? envFiles : listed;
  return files.length === 0 ? undefined : files.map((file) => absoluteFrom(cwd, file));
}

function defaultEnvFile(folder: string, shell: Environment): string[] {
  const disabled = shell.get('COMPOSE_DISABLE_ENV_FILE')?.value.toLowerCase();
  return disabled === '1' || disabled === 'true' ? [] : dotenvIn(folder);
}

function folderOf(files: readonly string[], cwd: string): string {
  const [first] = files;
  return first === undefined || first === '-' ? cwd : dirname(first);
}

function fromVariable(environment: Environment, cwd: string): string[] | undefined {
  const list = environment.get('COMPOSE_FILE')?.value;
  if (!list) return undefined;
  const separator = environment.get('COMPOSE_PATH_SEPARATOR')?.value || ':';
  const files = list.split(separator).filter((file) => file !== '');
  return files.map((file) => (file === '-' ? file : absoluteFrom(cwd, file)));
}

function search(start: string, diagnostics: Diagnostics): string[] | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const found = present(folder, NAMES);
    const [file] = found;
    if (file !== undefined) {
      if (found.length > 1)
        diagnostics.warn(
          warnings.severalFiles(
            found.map((path) => basename(path)),
            file,
          ),
        );
      const overrides = present(folder, OVERRIDES);
      if (overrides.length > 1) {
        diagnostics.warn(
          warnings.severalFiles(
            overrides.map((path) => basename(path)),
            overrides[0] ?? '',
          ),
        );
      }
      return [file, ...overrides.slice(0, 1)];
    }
    if (folder === dirname(folder)) return undefined;
  }
}

function present(folder: string, names: readonly string[]): string[] {
  return names.map((name) => join(folder, name)).filter((path) => ['file', 'other'].includes(pathKind(path)));
}
