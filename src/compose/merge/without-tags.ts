import type { Entry, MapNode, Node, SequenceNode } from '../tree/node.ts';

/** The tree without what `!reset` marked, and without the marks. */
export function withoutTags(node: Node): Node {
  if (node.kind === 'map') return cleanMap(node);
  if (node.kind === 'sequence') return cleanItems(node);
  return node.tag === undefined ? node : { ...node, tag: undefined };
}

function cleanMap(node: MapNode): Node {
  let entries: Map<string, Entry> | undefined;
  for (const [name, { key, value }] of node.entries) {
    const clean = value.tag === 'reset' ? undefined : withoutTags(value);
    if (clean === value) continue;
    entries ??= new Map(node.entries);
    if (clean === undefined) entries.delete(name);
    else entries.set(name, { key, value: clean });
  }
  if (entries === undefined && node.tag === undefined) return node;
  return { ...node, entries: entries ?? node.entries, tag: undefined };
}

/** Items can't be reset: which of them would be meant? */
function cleanItems(node: SequenceNode): Node {
  const items = node.items.map(withoutTags);
  if (node.tag === undefined && items.every((item, index) => item === node.items[index])) return node;
  return { ...node, items, tag: undefined };
}
