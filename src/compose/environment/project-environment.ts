import { isAbsolute, join } from 'node:path';
import { pathKind } from '../../host/text-files.ts';
import type { Diagnostics } from '../diagnostics.ts';
import * as mistakes from '../errors.ts';
import { readText } from '../text/read-source.ts';
import type { Mark } from '../text/source-text.ts';
import { readDotenv } from './dotenv.ts';

/** A variable and where its value comes from: `shell`, or `file:line`. */
export interface Variable {
  readonly value: string;
  readonly origin: string;
}

/** What interpolation sees. The shell wins over every file. */
export type Environment = ReadonlyMap<string, Variable>;

export function shellEnvironment(values: Readonly<Record<string, string | undefined>>): Environment {
  const variables = new Map<string, Variable>();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) variables.set(name, { value, origin: 'shell' });
  }
  return variables;
}

/**
 * Lays env files below an environment: a variable that is set there keeps its value, and a later file wins over an
 * earlier one.
 */
export function withEnvFiles(
  environment: Environment,
  {
    files,
    diagnostics,
    mark,
  }: { files: readonly string[]; diagnostics: Diagnostics; mark?: Mark | undefined },
): Environment {
  const added = new Map<string, Variable>();
  for (const file of files) {
    const read = readText(file, mark);
    if (!('source' in read)) {
      diagnostics.report(
        mistakes.envFileUnreadable({ file, reason: reasonFrom(read.mistake.message, file), mark }),
      );
      continue;
    }
    const lookup = (name: string): string | undefined =>
      environment.get(name)?.value ?? added.get(name)?.value;
    for (const { name, value, line } of readDotenv(read.source, { lookup, diagnostics })) {
      if (value !== undefined) added.set(name, { value, origin: `${file}:${String(line)}` });
    }
  }
  return new Map([...added, ...environment]);
}

/** The `.env` of a folder, if it has one. */
export function dotenvIn(folder: string): string[] {
  const file = join(folder, '.env');
  return pathKind(file) === 'missing' || pathKind(file) === 'folder' ? [] : [file];
}

export function absoluteFrom(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

function reasonFrom(message: string, file: string): string {
  const prefix = `open ${file}: `;
  return message.startsWith(prefix) ? message.slice(prefix.length) : message;
}
