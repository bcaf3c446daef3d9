import { scalar } from '../tree/node.ts';
import type { Entry, MapNode, Node } from '../tree/node.ts';
import { descend } from '../tree/rules.ts';
import type { RuleTree } from '../tree/rules.ts';
import { keyOrder, topOrder } from './key-order.ts';

/**
 * A model as it is printed: keys in order, and every `$` doubled, so that what is printed can be read again and gives
 * the same model.
 */
export function shownModel(
  model: MapNode,
  { escape, sorted = false }: { escape: boolean; sorted?: boolean },
): MapNode {
  const shown = show(model, { order: sorted ? undefined : { ...keyOrder, rule: topOrder }, escape });
  return shown.kind === 'map' ? shown : model;
}

function show(
  node: Node,
  { order, escape }: { order: RuleTree<readonly string[]> | undefined; escape: boolean },
): Node {
  if (node.kind === 'scalar') {
    const { value } = node;
    if (!escape || typeof value !== 'string' || !value.includes('$')) return node;
    return scalar(value.replaceAll('$', '$$$$'), node.mark);
  }
  if (node.kind === 'sequence') {
    return {
      ...node,
      items: node.items.map((item, index) => show(item, { order: descend(order, index), escape })),
    };
  }
  const entries = new Map<string, Entry>();
  for (const name of orderedKeys(node, order?.rule)) {
    const entry = node.entries.get(name);
    if (entry)
      entries.set(name, {
        key: entry.key,
        value: show(entry.value, { order: descend(order, name), escape }),
      });
  }
  return { ...node, entries };
}

function orderedKeys({ entries }: MapNode, order: readonly string[] | undefined): string[] {
  const rank = new Map(order?.map((name, index) => [name, index]));
  const place = (name: string): number =>
    rank.get(name) ?? (name.startsWith('x-') && order ? rank.size + 1 : rank.size);
  return [...entries.keys()].sort((a, b) => place(a) - place(b) || (a < b ? -1 : a > b ? 1 : 0));
}
