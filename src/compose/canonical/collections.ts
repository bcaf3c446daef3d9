import type { Mark } from '../text/source-text.ts';
import { mapOf, scalar, sequence } from '../tree/node.ts';
import type { Entry, Node, Scalar } from '../tree/node.ts';

/** A map as it is; a list of `K=V` texts as the map it stands for, the last of equal keys winning; else `undefined`. */
export function asKeyedMap(node: Node): Node | undefined {
  if (node.kind === 'map') return node;
  if (node.kind === 'scalar') return node.value === null ? mapOf(new Map(), node.mark) : undefined;
  const entries = new Map<string, Entry>();
  for (const item of node.items) {
    if (item.kind !== 'scalar' || typeof item.value !== 'string') return undefined;
    const equals = item.value.indexOf('=');
    const name = equals === -1 ? item.value : item.value.slice(0, equals);
    const value = { ...item, value: equals === -1 ? null : item.value.slice(equals + 1) };
    entries.set(name, { key: item.mark, value });
  }
  return { ...node, ...mapOf(entries, node.mark) };
}

/** A list as it is, a scalar as a list of one, null as an empty one, a map as `undefined`. */
export function asList(node: Node): Node | undefined {
  if (node.kind === 'sequence') return node;
  if (node.kind === 'map') return node.entries.has('path') ? sequence([node], node.mark) : undefined;
  return sequence(node.value === null ? [] : [node], node.mark);
}

/** A list of names as a map from each to what `valueFor` gives; anything else as it is. */
export function asNamedMap(node: Node, valueFor: (mark: Mark) => Node): Node {
  if (node.kind !== 'sequence') return node;
  const entries = new Map<string, Entry>();
  for (const item of node.items) {
    if (item.kind !== 'scalar' || typeof item.value !== 'string') return node;
    entries.set(item.value, { key: item.mark, value: valueFor(item.mark) });
  }
  return { ...node, ...mapOf(entries, node.mark) };
}

/** A scalar as the text that an environment or a label gets from it; null stays. */
export function asText(node: Node): Node {
  if (node.kind !== 'scalar' || node.value === null || typeof node.value === 'string') return node;
  return { ...node, value: scalarText(node.value) };
}

/** As compose prints numbers: `1.0` is `1`, and small or large ones have an exponent of two digits. */
export function scalarText(value: Scalar): string {
  if (typeof value !== 'number') return String(value);
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const text = value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential() : String(value);
  return text.replace(/e([-+])(\d)$/, 'e$10$2');
}

/** `null` as an empty text: what a label without a value is. */
export function asLabel(node: Node): Node {
  return node.kind === 'scalar' && node.value === null ? scalar('', node.mark) : asText(node);
}
