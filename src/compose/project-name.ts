import { basename } from 'node:path';
import type { Diagnostics } from './diagnostics.ts';
import type { Environment } from './environment/project-environment.ts';
import * as mistakes from './errors.ts';
import { substitute, TemplateError } from './interpolate/template.ts';
import type { Layer } from './layer.ts';
import type { LoadOptions } from './options.ts';
import { child, textOf } from './tree/node.ts';

/**
 * The name of a project: `-p`, else COMPOSE_PROJECT_NAME, else the last `name:` of its files, else its folder's. The
 * first two must be right as they are; the others are made so.
 */
export function projectNameFor(
  { options, layers, workingDir, environment }: ProjectNameSources,
  diagnostics: Diagnostics,
): string {
  if (options.projectName) return checked(options.projectName, '-p', diagnostics);
  const variable = environment.get('COMPOSE_PROJECT_NAME')?.value;
  if (variable) return checked(variable, 'COMPOSE_PROJECT_NAME', diagnostics);
  const written = writtenName(layers, environment, options.interpolate !== false);
  const name = normaliseName(written ?? basename(workingDir));
  if (name === '') diagnostics.report(mistakes.projectName('', ''));
  return name;
}

export interface ProjectNameSources {
  readonly options: LoadOptions;
  readonly layers: readonly Layer[];
  readonly workingDir: string;
  readonly environment: Environment;
}

/** Lower case, only letters, digits, `-` and `_`, starting with a letter or digit; '' when nothing is left. */
export function normaliseName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^-_a-z0-9]/g, '')
    .replace(/^[-_]+/, '');
}

function checked(name: string, from: string, diagnostics: Diagnostics): string {
  if (normaliseName(name) !== name) diagnostics.report(mistakes.projectName(name, from));
  return name;
}

function writtenName(
  layers: readonly Layer[],
  environment: Environment,
  interpolate: boolean,
): string | undefined {
  let name: string | undefined;
  for (const { documents } of layers) {
    for (const document of documents) name = textOf(child(document, 'name')) || name;
  }
  if (name === undefined || !interpolate) return name;
  try {
    return substitute(name, { lookup: (variable) => environment.get(variable)?.value });
  } catch (error) {
    // The document's own interpolation reports it, with its place.
    if (error instanceof TemplateError) return 'unnamed';
    throw error;
  }
}
