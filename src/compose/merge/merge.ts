import type { Diagnostics } from '../diagnostics.ts';
import * as mistakes from '../errors.ts';
import { mapOf, overriding } from '../tree/node.ts';
import type { Entry, MapNode, Node } from '../tree/node.ts';
import { descend } from '../tree/rules.ts';
import type { Path, RuleTree } from '../tree/rules.ts';

/** How two values at one place become one. */
export type MergeRule = (base: Node, over: Node, context: MergeContext) => Node;

export interface MergeContext {
  readonly path: Path;
  readonly rules: RuleTree<MergeRule> | undefined;
  readonly diagnostics: Diagnostics;
}

/**
 * Merges two values by the rule for their place, else by their kind: maps key by key, sequences one after the other,
 * scalars by replacement. A null leaves the base as it is. `!reset` and `!override` win over all of that, and stay
 * on the result, because an extending service is merged twice: on its base, then on the files before.
 */
export function mergeNodes(base: Node, over: Node, context: MergeContext): Node {
  if (over.tag !== undefined) return replacing(base, over);
  if (base.tag === 'reset') return over;
  const rule = context.rules?.rule;
  if (rule !== undefined) return rule(base, over, context);
  return mergeByKind(base, over, context);
}

export function mergeByKind(base: Node, over: Node, context: MergeContext): Node {
  if (over.kind === 'scalar' && over.value === null) return base;
  if (base.kind === 'scalar' && base.value === null) return over;
  if (base.kind === 'map' && over.kind === 'map') return mergeMaps(base, over, context);
  if (base.kind === 'sequence' && over.kind === 'sequence')
    return { ...base, items: [...base.items, ...over.items] };
  if (base.kind === 'scalar' && over.kind === 'scalar') return replacing(base, over);
  context.diagnostics.report(
    mistakes.mergeMismatch({ path: context.path.join('.'), base: baseName(base, over), mark: over.mark }),
    context.path,
  );
  return base;
}

export function mergeMaps(base: MapNode, over: MapNode, context: MergeContext): MapNode {
  const entries = new Map<string, Entry>(base.entries);
  for (const [name, entry] of over.entries) {
    const below = base.entries.get(name);
    const value =
      below === undefined
        ? entry.value
        : mergeNodes(below.value, entry.value, {
            path: [...context.path, name],
            rules: descend(context.rules, name),
            diagnostics: context.diagnostics,
          });
    entries.set(name, { key: value === below?.value ? below.key : entry.key, value });
  }
  return { ...mapOf(entries, over.mark), tag: base.tag };
}

/** The later value, knowing which one it replaced. */
export function replacing(base: Node, over: Node): Node {
  return overriding(over, base);
}

function baseName(base: Node, over: Node): string {
  const { file } = base.mark.source;
  const line = base.mark.source.text.slice(0, base.mark.start).split('\n').length;
  return file === over.mark.source.file ? `at line ${String(line)}` : `in ${file}:${String(line)}`;
}
