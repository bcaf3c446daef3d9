import type { Diagnostics } from './diagnostics.ts';
import type { Environment } from './environment/project-environment.ts';
import type { SourceText } from './text/source-text.ts';
import type { Node } from './tree/node.ts';
import { readYaml } from './yaml/read-yaml.ts';

/** What the files of one model (the project's own, or those of one `include`) are read with. */
export interface LayerContext {
  readonly diagnostics: Diagnostics;
  readonly environment: Environment;
  /** Absolute. Relative paths of the files start here. */
  readonly workingDir: string;
  readonly interpolate: boolean;
  /** How the files of an `include` become a model: `mergeLayers`. */
  readonly mergeLayers: (layers: readonly Layer[], context: LayerContext) => Node | undefined;
  /** Files being included, outermost first. */
  readonly including: readonly string[];
  /** Takes the variables that secrets and configs of included files stand for: nobody else sees the includes' own. */
  readonly grantVariables: Map<string, string>;
}

/** A file and its documents. */
export interface Layer {
  readonly source: SourceText;
  readonly documents: readonly Node[];
}

export function parseLayer(source: SourceText, diagnostics: Diagnostics): Layer {
  return { source, documents: readYaml(source, diagnostics) };
}
