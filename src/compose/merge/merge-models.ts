import type { Diagnostics } from '../diagnostics.ts';
import type { Node } from '../tree/node.ts';
import { descend, ruleTree } from '../tree/rules.ts';
import { mergeRules } from './merge-rules.ts';
import { mergeNodes } from './merge.ts';
import type { MergeRule } from './merge.ts';

const tree = ruleTree<MergeRule>(mergeRules);

/** Lays the model `over` on the model `base`: later files, local definitions and extending services win. */
export function mergeModels(base: Node, over: Node, diagnostics: Diagnostics): Node {
  return mergeNodes(base, over, { path: [], rules: tree, diagnostics });
}

/** Lays one service on another; `name` is that of the result. */
export function mergeServices(
  base: Node,
  over: Node,
  { name, diagnostics }: { name: string; diagnostics: Diagnostics },
): Node {
  const rules = descend(descend(tree, 'services'), name);
  return mergeNodes(base, over, { path: ['services', name], rules, diagnostics });
}
