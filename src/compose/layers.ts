import { canonicalForm } from './canonical/canonical.ts';
import { withWrittenForms } from './canonical/printed-forms.ts';
import type { Diagnostics } from './diagnostics.ts';
import * as mistakes from './errors.ts';
import * as warnings from './warnings.ts';
import { applyExtends } from './extends.ts';
import { applyIncludes } from './include.ts';
import { interpolateTree } from './interpolate/interpolate.ts';
import { mergeModels } from './merge/merge-models.ts';
import { uniqueObjects, uniqueTexts } from './merge/unicity.ts';
import { withoutTags } from './merge/without-tags.ts';
import type { Layer, LayerContext } from './layer.ts';
import type { SourceText } from './text/source-text.ts';
import { child, isNull, withoutKey } from './tree/node.ts';
import type { MapNode, Node } from './tree/node.ts';
import { validate } from './validate/validate.ts';

/**
 * The model that some files describe together, in canonical form, paths still relative. Files are merged in order,
 * and so are the documents of one file; each is complete (variables, includes, extends) before it is merged.
 */
export function mergeLayers(layers: readonly Layer[], context: LayerContext): Node | undefined {
  let model: Node | undefined;
  for (const { source, documents } of layers) {
    for (const document of documents) model = mergeDocument(model, document, { source, context });
  }
  return model;
}

function mergeDocument(
  model: Node | undefined,
  document: Node,
  { source, context }: { source: SourceText; context: LayerContext },
): Node | undefined {
  const { diagnostics } = context;
  if (document.kind !== 'map') {
    const hint = 'begin with `services:`, and put the services below it, each under its name';
    const got = document.kind === 'sequence' ? 'a list' : 'a single value';
    diagnostics.report(
      mistakes.wrongType({ path: 'top-level object', wanted: 'a mapping', got, mark: document.mark, hint }),
    );
    return model;
  }
  const interpolated = context.interpolate ? interpolateTree(document, context) : document;
  const included = applyIncludes(asMap(interpolated, document), context);
  const extended = applyExtends(included, { ...context, file: source.file });
  const merged = model === undefined ? extended : mergeModels(model, extended, diagnostics);
  const clean = withoutVersion(withoutTags(merged), diagnostics);
  const valid = validate(uniqueTexts(withWrittenForms(clean)), diagnostics);
  return uniqueObjects(canonicalForm(valid, { diagnostics, interpolated: context.interpolate }));
}

function asMap(node: Node, fallback: MapNode): MapNode {
  return node.kind === 'map' ? node : fallback;
}

function withoutVersion(model: Node, diagnostics: Diagnostics): Node {
  const version = child(model, 'version');
  if (model.kind !== 'map' || version === undefined) return model;
  const isText = version.kind === 'scalar' && typeof version.value === 'string';
  if (!isText && !isNull(version)) return model;
  diagnostics.warn(warnings.obsoleteVersion(model.entries.get('version')?.key ?? version.mark));
  return withoutKey(model, 'version');
}
