import type { Mistake } from './diagnostics.ts';
import { clip } from './text/clip.ts';
import type { Mark } from './text/source-text.ts';

/*
 * One factory a message, sorted by code; those about YAML itself are in `yaml/errors.ts`. Every code has a row in
 * docs/errors.md. Words of Docker Compose are kept where scripts and search engines know them.
 */

export function conflict({ message, mark, hint }: { message: string; mark: Mark; hint: string }): Mistake {
  return { code: 'COMPOSE_CONFLICT', message, mark, hint };
}

export function dependencyCycle(names: readonly string[], mark: Mark): Mistake {
  return {
    code: 'COMPOSE_DEPENDENCY_CYCLE',
    message: `dependency cycle detected: ${names.join(' -> ')}`,
    mark,
    hint: 'remove one of these dependencies: services start in dependency order, and a circle has no first one',
  };
}

export function emptyFile(mark: Mark): Mistake {
  return {
    code: 'COMPOSE_EMPTY',
    message: 'empty compose file',
    mark,
    hint: 'a compose file needs at least `services:` with one service',
  };
}

export function envFileFormat(format: string, mark: Mark): Mistake {
  return {
    code: 'COMPOSE_ENV_FILE_FORMAT',
    message: `unsupported env_file format ${JSON.stringify(clip(format))}`,
    mark,
    hint: 'write `format: raw` (no quotes, no variables), or leave `format` out',
  };
}

export function envFileUnreadable({
  file,
  reason,
  mark,
}: {
  file: string;
  reason: string;
  mark?: Mark | undefined;
}): Mistake {
  return {
    code: 'COMPOSE_ENV_FILE_MISSING',
    message: reason.startsWith('no such file')
      ? `env file ${file} not found: ${reason}`
      : `env file ${file}: ${reason}`,
    mark,
    hint:
      mark === undefined
        ? 'create the file, or correct the path'
        : 'create the file, correct the path, or write it as `- path: …` with `required: false`',
  };
}

export function envFileSyntax(message: string, mark: Mark, hint: string): Mistake {
  return { code: 'COMPOSE_ENV_FILE_SYNTAX', message, mark, hint };
}

export function extendsCycle(chain: readonly { service: string; file: string }[], mark: Mark): Mistake {
  const lines = chain.map(
    ({ service, file }, index) => `${index === 0 ? '  ' : '  extends '}${service} in ${file}`,
  );
  return {
    code: 'COMPOSE_EXTENDS_CYCLE',
    message: ['Circular reference:', ...lines].join('\n'),
    mark,
    hint: 'a service can not extend itself, not even through others; break the circle at one of these',
  };
}

export function extendsUnknown({
  service,
  base,
  file,
  baseFile,
  mark,
  suggestion,
}: {
  service: string;
  base: string;
  file: string;
  baseFile?: string | undefined;
  mark: Mark;
  suggestion?: string | undefined;
}): Mistake {
  const where = baseFile === undefined ? '' : ` in ${baseFile}`;
  return {
    code: 'COMPOSE_EXTENDS_UNKNOWN',
    message: `cannot extend service ${JSON.stringify(service)} in ${file}: service ${JSON.stringify(base)} not found${where}`,
    mark,
    hint: suggestion === undefined ? 'name a service of that file' : `did you mean \`${suggestion}\`?`,
  };
}

export function includeCycle(files: readonly string[], mark: Mark): Mistake {
  return {
    code: 'COMPOSE_INCLUDE_CYCLE',
    message: `include cycle detected:\n${files.map((file, index) => (index === 0 ? file : ` include ${file}`)).join('\n')}`,
    mark,
    hint: 'remove this `include`: the file is being read already',
  };
}

export function invalidInterpolation({
  path,
  mark,
  problem,
}: {
  path: string;
  mark: Mark;
  problem: string;
}): Mistake {
  return {
    code: 'COMPOSE_INTERPOLATION',
    message: `invalid interpolation format for ${path}: ${problem}`,
    mark,
    hint: 'write `${NAME}`, `${NAME:-default}`, `${NAME:?message}` or `${NAME:+value}`; for a literal `$` write `$$`',
  };
}

export function mergeMismatch({ path, base, mark }: { path: string; base: string; mark: Mark }): Mistake {
  return {
    code: 'COMPOSE_MERGE',
    message: `cannot override ${path}: here it has another type than ${base}`,
    mark,
    hint: 'give both the same form, or replace the earlier value with `!override`',
  };
}

export function missingKey({
  path,
  key,
  mark,
  hint,
}: {
  path: string;
  key: string;
  mark: Mark;
  hint: string;
}): Mistake {
  return { code: 'COMPOSE_MISSING_KEY', message: `${path}: missing property '${key}'`, mark, hint };
}

export function noImage(service: string, mark: Mark): Mistake {
  return {
    code: 'COMPOSE_NO_IMAGE',
    message: `service ${JSON.stringify(service)} has neither an image nor a build context specified`,
    mark,
    hint: 'add `image: name:tag`, or `build: .`; `image: berth/host` runs on the root filesystem of this machine',
  };
}

export function noComposeFile(folder: string): Mistake {
  return {
    code: 'COMPOSE_NO_FILE',
    message: `no compose file in ${folder} or any folder above it: looked for compose.yaml, compose.yml, docker-compose.yml, docker-compose.yaml`,
    hint: 'change to the folder of the project, or name the file with -f',
  };
}

export function fileNotFound({
  file,
  reason,
  mark,
}: {
  file: string;
  reason: string;
  mark?: Mark | undefined;
}): Mistake {
  return {
    code: 'COMPOSE_NOT_FOUND',
    message: `open ${file}: ${reason}`,
    mark,
    hint: 'correct the path; relative paths of -f start at the current folder, those in a file at the folder of that file',
  };
}

export function notText(mark: Mark, problem: string): Mistake {
  return {
    code: 'COMPOSE_NOT_TEXT',
    message: `not a text file: ${problem}`,
    mark,
    hint: 'a compose file is YAML in UTF-8; check that the path names the right file',
  };
}

export function projectName(name: string, from: string): Mistake {
  return {
    code: 'COMPOSE_PROJECT_NAME',
    message:
      name === ''
        ? 'project name must not be empty'
        : `invalid project name ${JSON.stringify(clip(name))} (${from}): must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a letter or number`,
    hint: 'give one with -p, COMPOSE_PROJECT_NAME, or `name:` in the compose file',
  };
}

export function remoteResource(address: string, mark: Mark | undefined): Mistake {
  return {
    code: 'COMPOSE_REMOTE',
    message: `${clip(address)} is a remote compose file, and only local files are read`,
    mark,
    hint: 'fetch it first (git clone, curl), and name the local path',
  };
}

export function tooLarge(file: string, limit: number): Mistake {
  return {
    code: 'COMPOSE_TOO_LARGE',
    message: `${file} is larger than ${String(limit / 1024 / 1024)} MiB, which no compose file is`,
    hint: 'check that the path names the right file; split a generated one with `include`',
  };
}

export function wrongType({
  path,
  wanted,
  got,
  mark,
  hint,
}: {
  path: string;
  wanted: string;
  got: string;
  mark: Mark;
  hint?: string | undefined;
}): Mistake {
  return { code: 'COMPOSE_TYPE', message: `${path} must be ${wanted}, got ${got}`, mark, hint };
}

export function undefinedReference({
  message,
  mark,
  hint,
}: {
  message: string;
  mark: Mark;
  hint: string;
}): Mistake {
  return { code: 'COMPOSE_UNDEFINED', message, mark, hint };
}

export function unknownKey({
  path,
  key,
  mark,
  suggestion,
  allowed,
}: {
  path: string;
  key: string;
  mark: Mark;
  suggestion: string | undefined;
  allowed: readonly string[];
}): Mistake {
  const where = path === '' ? '' : `${path} `;
  const known = allowed.length <= 12 ? `; it takes ${allowed.map((name) => `\`${name}\``).join(', ')}` : '';
  return {
    code: 'COMPOSE_UNKNOWN_KEY',
    message: `${where}additional properties '${clip(key)}' not allowed`,
    mark,
    hint:
      suggestion === undefined
        ? `remove it, or write it as \`x-${clip(key)}\` to keep it as a note${known}`
        : `did you mean \`${suggestion}\`?`,
  };
}

export function unreadable({
  file,
  reason,
  mark,
}: {
  file: string;
  reason: string;
  mark?: Mark | undefined;
}): Mistake {
  return {
    code: 'COMPOSE_UNREADABLE',
    message: `open ${file}: ${reason}`,
    mark,
    hint: 'name a regular file that you may read',
  };
}

export function badValue({
  message,
  mark,
  hint,
}: {
  message: string;
  mark: Mark;
  hint?: string | undefined;
}): Mistake {
  return { code: 'COMPOSE_VALUE', message, mark, hint };
}

export function requiredVariable({
  path,
  name,
  words,
  mark,
}: {
  path: string;
  name: string;
  words: string;
  mark: Mark;
}): Mistake {
  return {
    code: 'COMPOSE_VARIABLE',
    message: `error while interpolating ${path}: required variable ${name} is missing a value${words === '' ? '' : `: ${words}`}`,
    mark,
    hint: `set it in the shell (\`${name}=… berth …\`), or as a line \`${name}=…\` in .env`,
  };
}
