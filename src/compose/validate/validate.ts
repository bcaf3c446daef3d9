import type { Diagnostics } from '../diagnostics.ts';
import validateSchema from '../generated/compose-schema.js';
import type { SchemaError } from '../generated/compose-schema.js';
import { plainValue } from '../tree/node.ts';
import type { Entry, Node } from '../tree/node.ts';
import type { Path } from '../tree/rules.ts';
import { mistakeFor } from './schema-mistakes.ts';

/**
 * Holds a merged model against the schema. Every mistake is reported at its place, and the values that are wrong are
 * left out of the result, so that the phases behind can go on and find more.
 */
export function validate(model: Node, diagnostics: Diagnostics): Node {
  if (validateSchema(plainValue(model))) return model;
  const wrong: Dropped = { children: new Map(), drop: false };
  for (const error of validateSchema.errors ?? []) {
    if (error.keyword === 'if') continue;
    const path = pathOf(error, model);
    diagnostics.report(mistakeFor(error, { path, model }), path.length === 0 ? [droppedKey(error)] : path);
    markDropped(wrong, droppedPath(error, path));
  }
  return without(model, wrong) ?? model;
}

/** Which values are wrong, as a tree. */
interface Dropped {
  readonly children: Map<string, Dropped>;
  drop: boolean;
}

function markDropped(tree: Dropped, path: Path | undefined): void {
  if (path === undefined) return;
  let at = tree;
  for (const segment of path) {
    const next = at.children.get(String(segment)) ?? { children: new Map<string, Dropped>(), drop: false };
    at.children.set(String(segment), next);
    at = next;
  }
  at.drop = true;
}

/** An unknown key goes without its neighbours; an object that misses a key stays. */
function droppedPath(error: SchemaError, path: Path): Path | undefined {
  if (error.keyword === 'required') return undefined;
  if (error.keyword === 'additionalProperties') return [...path, droppedKey(error)];
  if (error.keyword === 'uniqueItems')
    return [...path, Math.max(Number(error.params['i']), Number(error.params['j']))];
  return path;
}

function droppedKey({ params }: SchemaError): string {
  const key = params['additionalProperty'] ?? params['missingProperty'];
  return typeof key === 'string' ? key : '';
}

function without(node: Node, dropped: Dropped): Node | undefined {
  if (dropped.drop) return undefined;
  if (dropped.children.size === 0 || node.kind === 'scalar') return node;
  if (node.kind === 'sequence') {
    const items = node.items.flatMap((item, index) => {
      const below = dropped.children.get(String(index));
      return (below ? without(item, below) : item) ?? [];
    });
    return { ...node, items };
  }
  const entries = new Map<string, Entry>(node.entries);
  for (const [name, below] of dropped.children) {
    const entry = entries.get(name);
    const value = entry && without(entry.value, below);
    if (entry === undefined) continue;
    if (value === undefined) entries.delete(name);
    else entries.set(name, { key: entry.key, value });
  }
  return { ...node, entries };
}

/** A JSON pointer as a path; numbers only where the model has a list. */
function pathOf({ instancePath }: SchemaError, model: Node): Path {
  const path: (string | number)[] = [];
  let node: Node | undefined = model;
  for (const part of instancePath.split('/').slice(1)) {
    const segment: string = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (node?.kind === 'sequence') {
      path.push(Number(segment));
      node = node.items[Number(segment)];
    } else {
      path.push(segment);
      node = node?.kind === 'map' ? node.entries.get(segment)?.value : undefined;
    }
  }
  return path;
}
