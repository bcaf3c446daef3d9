import type { ComposePath, Project } from '../model/compose.ts';
import type { SourceRange } from '../model/source.ts';
import { codeFrame } from './text/code-frame.ts';
import { rangeOf } from './text/source-text.ts';
import type { Mark } from './text/source-text.ts';
import { nodeAt } from './tree/node.ts';
import type { MapNode } from './tree/node.ts';

/** The trees of the projects that are in use, for code frames: a project itself holds values only. */
const trees = new WeakMap<Project, MapNode>();

export function rememberTree(project: Project, model: MapNode): Project {
  trees.set(project, model);
  return project;
}

/** Where the value at a path, or its nearest known parent, stands. A collection stands at its key. */
export function placeOf(model: MapNode, path: ComposePath): SourceRange {
  return rangeOf(markOf(model, path));
}

/** The lines around the value at a path; `undefined` for a project that was not loaded here. */
export function frameFor(project: Project, path: ComposePath): string | undefined {
  const model = trees.get(project);
  return model && codeFrame(markOf(model, path));
}

function markOf(model: MapNode, path: ComposePath): Mark {
  const { node, key, found } = nodeAt(model, path);
  return node.kind !== 'scalar' && found && key !== undefined ? key : node.mark;
}
