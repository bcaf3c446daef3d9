import type { ComposePath, ComposeValue } from '../../model/compose.ts';
import type { Mark } from '../text/source-text.ts';

/** A value of a compose file together with where it stands. Nodes are never changed, only replaced: anchors share them. */
export type Node = ScalarNode | MapNode | SequenceNode;

export type Scalar = string | number | bigint | boolean | null;

export interface ScalarNode extends NodeFacts {
  readonly kind: 'scalar';
  readonly value: Scalar;
}

export interface MapNode extends NodeFacts {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface SequenceNode extends NodeFacts {
  readonly kind: 'sequence';
  readonly items: readonly Node[];
}

export interface Entry {
  readonly key: Mark;
  readonly value: Node;
}

interface NodeFacts {
  readonly mark: Mark;
  /** What `!reset` or `!override` asks of the merge. */
  readonly tag?: MergeTag | undefined;
  /** The value that this one replaced when files were merged. */
  readonly overrode?: Node | undefined;
  /** The variables that took part in the value. */
  readonly variables?: readonly VariableUse[] | undefined;
  /** Where the value was read from besides the compose file: a line of an `env_file`. */
  readonly from?: string | undefined;
}

export type MergeTag = 'reset' | 'override';

/** One variable that interpolation looked up. */
export interface VariableUse {
  readonly name: string;
  /** Absent: not set. */
  readonly value?: string | undefined;
  /** `shell`, `file:line` of an env file, or `default` when the value in the compose file was taken. */
  readonly origin: string;
}

export function scalar(value: Scalar, mark: Mark): ScalarNode {
  return { kind: 'scalar', value, mark };
}

export function sequence(items: readonly Node[], mark: Mark): SequenceNode {
  return { kind: 'sequence', items, mark };
}

export function mapOf(entries: ReadonlyMap<string, Entry>, mark: Mark): MapNode {
  return { kind: 'map', entries, mark };
}

/** A map whose keys stand where the map itself stands: what a short form turns into. */
export function mapFrom(values: Readonly<Record<string, Node | Scalar | undefined>>, mark: Mark): MapNode {
  const entries = new Map<string, Entry>();
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) continue;
    entries.set(key, { key: mark, value: isNode(value) ? value : scalar(value, mark) });
  }
  return mapOf(entries, mark);
}

/** The child under a key; `undefined` for anything but a map that has it. */
export function child(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === 'map' ? node.entries.get(key)?.value : undefined;
}

/** The string under a key, or `undefined` when it is absent or of another type. */
export function textOf(node: Node | undefined, key?: string): string | undefined {
  const found = key === undefined ? node : child(node, key);
  return found?.kind === 'scalar' && typeof found.value === 'string' ? found.value : undefined;
}

export function isNull(node: Node | undefined): boolean {
  return node?.kind === 'scalar' && node.value === null;
}

/** The node at a path, or the nearest parent that exists together with how far the path led. */
export function nodeAt(root: Node, path: ComposePath): { node: Node; key: Mark | undefined; found: boolean } {
  let node = root;
  let key: Mark | undefined;
  for (const segment of path) {
    if (node.kind === 'map') {
      const entry = node.entries.get(String(segment));
      if (entry === undefined) return { node, key, found: false };
      node = entry.value;
      key = entry.key;
    } else if (node.kind === 'sequence') {
      const item = node.items[Number(segment)];
      if (item === undefined) return { node, key, found: false };
      node = item;
      key = undefined;
    } else {
      return { node, key, found: false };
    }
  }
  return { node, key, found: true };
}

/** The map with a key set, at its old place when it was there already. */
export function withKey(map: MapNode, key: string, value: Node, mark?: Mark): MapNode {
  const entries = new Map(map.entries);
  entries.set(key, { key: map.entries.get(key)?.key ?? mark ?? value.mark, value });
  return { ...map, entries };
}

export function withoutKey(map: MapNode, key: string): MapNode {
  if (!map.entries.has(key)) return map;
  const entries = new Map(map.entries);
  entries.delete(key);
  return { ...map, entries };
}

/** Sets or removes what stands under several keys in one go. */
export function withKeys(map: MapNode, values: Readonly<Record<string, Node | undefined>>): MapNode {
  const entries = new Map(map.entries);
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) entries.delete(key);
    else entries.set(key, { key: map.entries.get(key)?.key ?? value.mark, value });
  }
  return { ...map, entries };
}

/** A value that stands in the place of another one; what it replaced before counts as nearer. */
export function overriding(over: Node, base: Node): Node {
  return { ...over, overrode: over.overrode === undefined ? base : overriding(over.overrode, base) };
}

/** The tree without positions. Integers beyond 2^53 lose precision here; renderers that must not lose it read the tree. */
export function plainValue(node: Node): ComposeValue {
  if (node.kind === 'scalar') return typeof node.value === 'bigint' ? Number(node.value) : node.value;
  if (node.kind === 'sequence') return node.items.map(plainValue);
  const plain: Record<string, ComposeValue> = {};
  for (const [key, entry] of node.entries) setOwn(plain, key, plainValue(entry.value));
  return plain;
}

function setOwn(target: Record<string, ComposeValue>, key: string, value: ComposeValue): void {
  // `__proto__` is an ordinary name in a compose file.
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

function isNode(value: Node | Scalar): value is Node {
  return typeof value === 'object' && value !== null;
}
