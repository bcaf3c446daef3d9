import { mapOf, sequence } from './node.ts';
import type { Entry, Node } from './node.ts';

/**
 * A table from path pattern to what happens there. Patterns are keys joined by dots; `*` stands for any key and for
 * any index: `services.*.ports.*`. Every phase of the pipeline is such a table.
 */
export type RuleTable<T> = Readonly<Record<string, T>>;

/** A table ready for walking along a tree. */
export interface RuleTree<T> {
  rule: T | undefined;
  readonly keys: Map<string, RuleTree<T>>;
  any: RuleTree<T> | undefined;
}

export type Path = readonly (string | number)[];

export function ruleTree<T>(table: RuleTable<T>): RuleTree<T> {
  const root: RuleTree<T> = { rule: undefined, keys: new Map(), any: undefined };
  for (const [pattern, rule] of Object.entries(table)) {
    let at = root;
    for (const segment of pattern.split('.')) at = branch(at, segment);
    at.rule = rule;
  }
  return root;
}

/** The branch of a tree for one key or index; a literal key wins over `*`. */
export function descend<T>(tree: RuleTree<T> | undefined, segment: string | number): RuleTree<T> | undefined {
  return tree && (tree.keys.get(String(segment)) ?? tree.any);
}

export type Rewrite<C> = (node: Node, path: Path, context: C) => Node | undefined;

/**
 * Applies each rewrite to the nodes that its pattern matches, parents before children; the children of a rewritten
 * node are visited in their new form. A rewrite that returns `undefined` removes the node.
 */
export function rewriteTree<C>(
  node: Node,
  { rules, context, path = [] }: { rules: RuleTree<Rewrite<C>>; context: C; path?: Path },
): Node | undefined {
  const changed = rules.rule ? rules.rule(node, path, context) : node;
  if (changed === undefined || changed.kind === 'scalar') return changed;
  if (rules.any === undefined && rules.keys.size === 0) return changed;
  return changed.kind === 'map'
    ? rewriteMap(changed, { rules, context, path })
    : rewriteItems(changed, { rules, context, path });
}

function rewriteMap<C>(
  node: Extract<Node, { kind: 'map' }>,
  { rules, context, path }: { rules: RuleTree<Rewrite<C>>; context: C; path: Path },
): Node {
  let entries: Map<string, Entry> | undefined;
  const names = rules.any === undefined ? rules.keys.keys() : node.entries.keys();
  for (const name of names) {
    const entry = node.entries.get(name);
    const next = descend(rules, name);
    if (entry === undefined || next === undefined) continue;
    const value = rewriteTree(entry.value, { rules: next, context, path: [...path, name] });
    if (value === entry.value) continue;
    entries ??= new Map(node.entries);
    if (value === undefined) entries.delete(name);
    else entries.set(name, { key: entry.key, value });
  }
  return entries === undefined ? node : { ...node, ...mapOf(entries, node.mark) };
}

function rewriteItems<C>(
  node: Extract<Node, { kind: 'sequence' }>,
  { rules, context, path }: { rules: RuleTree<Rewrite<C>>; context: C; path: Path },
): Node {
  const next = rules.any;
  if (next === undefined) return node;
  const items = node.items.map((item, index) =>
    rewriteTree(item, { rules: next, context, path: [...path, index] }),
  );
  if (items.every((item, index) => item === node.items[index])) return node;
  return {
    ...node,
    ...sequence(
      items.filter((item) => item !== undefined),
      node.mark,
    ),
  };
}

function branch<T>(tree: RuleTree<T>, segment: string): RuleTree<T> {
  const fresh = (): RuleTree<T> => ({ rule: undefined, keys: new Map(), any: undefined });
  if (segment === '*') return (tree.any ??= fresh());
  const found = tree.keys.get(segment) ?? fresh();
  tree.keys.set(segment, found);
  return found;
}
