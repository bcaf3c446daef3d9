import * as mistakes from '../errors.ts';
import { clip } from '../text/clip.ts';
import { child, mapFrom, scalar, sequence, textOf, withKeys } from '../tree/node.ts';
import type { Node } from '../tree/node.ts';
import type { Path } from '../tree/rules.ts';
import type { CanonicalContext } from './canonical.ts';
import { asKeyedMap, asLabel } from './collections.ts';

/** `HOST[:CONTAINER[:rwm]]`, or a CDI name such as `vendor.com/class=device`, in its long form. */
export function deviceMapping(node: Node, path: Path, { diagnostics }: CanonicalContext): Node | undefined {
  const text = textOf(node);
  if (text === undefined) return node;
  const [source, target = source, permissions = 'rwm', ...more] = text.split(':');
  if (more.length === 0 && source !== '') return mapFrom({ source, target, permissions }, node.mark);
  diagnostics.report(
    mistakes.badValue({
      message: `${path.join('.')}: confusing device mapping, please use long syntax: ${clip(text)}`,
      mark: node.mark,
      hint: 'write `HOST:CONTAINER:rwm`, or a map with `source`, `target` and `permissions`',
    }),
    path,
  );
  return undefined;
}

/** `gpus: all` as one request for all of them. */
export function gpuRequests(node: Node): Node {
  return textOf(node) === 'all' ? sequence([mapFrom({ count: -1 }, node.mark)], node.mark) : node;
}

/** `count: all` is -1, and so is saying nothing about which devices. */
export function deviceRequest(node: Node, path: Path, { diagnostics }: CanonicalContext): Node {
  if (node.kind !== 'map') return node;
  const count = child(node, 'count');
  const ids = child(node, 'device_ids');
  if (count !== undefined && ids !== undefined) {
    diagnostics.report(
      mistakes.conflict({
        message: `${path.join('.')}: "count" and "device_ids" attributes are exclusive`,
        mark: ids.mark,
        hint: 'keep `count` for any devices of that number, or `device_ids` for certain ones',
      }),
      path,
    );
  }
  const options = child(node, 'options');
  return withKeys(node, {
    ...(count !== undefined && { count: deviceCount(count, path, diagnostics) }),
    ...(count === undefined && ids === undefined && { count: scalar(-1, node.mark) }),
    ...(options !== undefined && { options: optionMap(options) }),
  });
}

function deviceCount(count: Node, path: Path, diagnostics: CanonicalContext['diagnostics']): Node {
  const text = textOf(count);
  if (text === undefined) return count;
  if (text.toLowerCase() === 'all') return scalar(-1, count.mark);
  if (/^-?\d+$/.test(text)) return scalar(Number(text), count.mark);
  diagnostics.report(
    mistakes.badValue({
      message: `${path.join('.')}.count: invalid value ${JSON.stringify(clip(text))}, the only text allowed is 'all'`,
      mark: count.mark,
      hint: 'write a whole number, or `all`',
    }),
    path,
  );
  return count;
}

function optionMap(node: Node): Node {
  const map = asKeyedMap(node);
  if (map?.kind !== 'map') return node;
  const entries = new Map(
    [...map.entries].map(([name, entry]) => [name, { ...entry, value: asLabel(entry.value) }]),
  );
  return { ...map, entries };
}
