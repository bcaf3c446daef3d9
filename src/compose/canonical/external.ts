import * as mistakes from '../errors.ts';
import { child, isNull, mapFrom, scalar, textOf, withKeys } from '../tree/node.ts';
import type { Node } from '../tree/node.ts';
import type { Path } from '../tree/rules.ts';
import type { CanonicalContext } from './canonical.ts';

/** `external: {name: x}`, the old form, as `external: true` with `name: x`; a null object as an empty one. */
export function externalName(node: Node, path: Path, { diagnostics }: CanonicalContext): Node {
  if (isNull(node)) return mapFrom({}, node.mark);
  if (node.kind !== 'map') return node;
  const external = child(node, 'external');
  if (external?.kind !== 'map') return node;
  const inner = child(external, 'name');
  const outer = textOf(node, 'name');
  if (inner !== undefined && outer !== undefined && outer !== textOf(inner)) {
    diagnostics.report(
      mistakes.conflict({
        message: `${path.join('.')}: name and external.name conflict; only use name`,
        mark: inner.mark,
        hint: 'write `external: true` and keep the right one as `name:`',
      }),
      path,
    );
  }
  return withKeys(node, {
    external: scalar(true, external.mark),
    ...(inner && outer === undefined && { name: inner }),
  });
}
