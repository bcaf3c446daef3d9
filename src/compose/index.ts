import type { ComposeModel, ComposeWarning, Project } from '../model/compose.ts';
import { loadModel } from './load.ts';
import type { LoadedModel } from './load.ts';
import type { LoadOptions } from './options.ts';
import { placeOf, rememberTree } from './places.ts';
import { plainValue } from './tree/node.ts';
import type { MapNode } from './tree/node.ts';

export type { LoadOptions } from './options.ts';

/** A project and what is worth saying about its files. */
export interface LoadResult {
  readonly project: Project;
  readonly warnings: readonly ComposeWarning[];
  /** The tree behind the project, for the views of `berth config`. */
  readonly loaded: LoadedModel;
}

/**
 * Reads the compose files that `options` name or that are found, and gives their project in canonical form.
 *
 * @throws {ComposeError} the first mistake in file order, with position and code frame; all others in its `others`
 * @see docs/loading.md for the phases
 */
export async function loadProject(options: LoadOptions): Promise<LoadResult> {
  const loaded = await loadModel(options);
  return { project: projectFrom(loaded), warnings: loaded.diagnostics.warnings, loaded };
}

function projectFrom(loaded: LoadedModel): Project {
  const { name, workingDir, files, model, disabled, environment } = loaded;
  const project: Project = {
    name,
    workingDir,
    files,
    model: composeModel(model),
    disabledServices: disabled,
    environment: Object.fromEntries([...environment].map(([key, { value }]) => [key, value])),
    grantVariables: Object.fromEntries(loaded.grantVariables),
    at: (path) => placeOf(model, path),
  };
  return rememberTree(project, model);
}

/** The schema and the canonical form have made the tree what the type says. */
function composeModel(model: MapNode): ComposeModel {
  return plainValue(model) as unknown as ComposeModel;
}
