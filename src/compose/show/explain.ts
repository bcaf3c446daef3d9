import { formatRange } from '../../model/source.ts';
import type { Mark } from '../text/source-text.ts';
import { rangeOf } from '../text/source-text.ts';
import { jsonText } from './json.ts';
import type { MapNode, Node, VariableUse } from '../tree/node.ts';
import { closest } from '../text/closest.ts';

/** Where a value comes from, or what stands nearest to a path that leads nowhere. */
export type Explanation =
  | { readonly found: true; readonly text: string }
  | { readonly found: false; readonly parent: string; readonly suggestion: string | undefined };

/** A collection is told value by value, up to this many. */
const LEAVES_MAX = 500;

/**
 * Tells the value at a dotted path (`services.web.environment.DEBUG`), where it stands, what it overrode, and which
 * variables and files took part. Places are told relative to `base`.
 */
export function explain(model: MapNode, path: string, base: string): Explanation {
  let node: Node = model;
  let mark: Mark = model.mark;
  let rest = segmentsOf(path);
  const walked: string[] = [];
  while (rest.length > 0) {
    const step = stepInto(node, rest);
    if (step === undefined) {
      const names = node.kind === 'map' ? [...node.entries.keys()] : [];
      return { found: false, parent: walked.join('.'), suggestion: closest(rest[0] ?? '', names) };
    }
    walked.push(step.name);
    ({ node, mark } = step);
    rest = rest.slice(step.count);
  }
  return { found: true, text: tell(node, { path: walked.join('.'), mark, base }).join('') };
}

interface Step {
  readonly name: string;
  readonly node: Node;
  readonly mark: Mark;
  readonly count: number;
}

/** Keys may hold dots themselves; the longest one that fits is meant. */
function stepInto(node: Node, rest: readonly string[]): Step | undefined {
  if (node.kind === 'sequence') {
    const item = /^\d+$/.test(rest[0] ?? '') ? node.items[Number(rest[0])] : undefined;
    return item && { name: rest[0] ?? '', node: item, mark: item.mark, count: 1 };
  }
  if (node.kind !== 'map') return undefined;
  for (let count = rest.length; count > 0; count -= 1) {
    const name = rest.slice(0, count).join('.');
    const entry = node.entries.get(name);
    if (entry) return { name, node: entry.value, mark: entry.key, count };
  }
  return undefined;
}

function segmentsOf(path: string): string[] {
  return path
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter((segment) => segment !== '');
}

interface Telling {
  readonly path: string;
  readonly mark: Mark;
  readonly base: string;
}

function tell(node: Node, { path, mark, base }: Telling): string[] {
  if (node.kind === 'scalar') return tellScalar(node, { path, base });
  const leaves = leavesOf(node, path).slice(0, LEAVES_MAX);
  const head = `${path}   ${placeOf(mark, base)}\n`;
  return [head, ...leaves.flatMap((leaf) => tellScalar(leaf.node, { path: leaf.path, base }))];
}

function tellScalar(node: Node, { path, base }: { path: string; base: string }): string[] {
  const lines = [`${path} = ${jsonText(node, '')}\n`, `  from ${originOf(node, base)}\n`];
  for (const variable of uniqueVariables(node.variables ?? []))
    lines.push(`  ${variableText(variable, base)}\n`);
  for (let below = node.overrode; below !== undefined; below = below.overrode) {
    lines.push(
      `  over ${below.kind === 'scalar' ? jsonText(below, '') : `a ${below.kind}`}  from ${originOf(below, base)}\n`,
    );
    for (const variable of uniqueVariables(below.variables ?? []))
      lines.push(`    ${variableText(variable, base)}\n`);
  }
  return lines;
}

function originOf(node: Node, base: string): string {
  const place = placeOf(node.mark, base);
  return node.from === undefined ? place : `${relative(node.from, base)}, named at ${place}`;
}

function variableText({ name, value, origin }: VariableUse, base: string): string {
  const shown = value === undefined ? 'is not set' : `= ${JSON.stringify(value)}`;
  if (origin === 'default') return `variable ${name} ${shown}: the default was taken`;
  if (value === undefined) return `variable ${name} ${shown}`;
  return `variable ${name} ${shown}  from ${origin === 'shell' ? 'the shell' : relative(origin, base)}`;
}

function uniqueVariables(variables: readonly VariableUse[]): VariableUse[] {
  return [...new Map(variables.map((variable) => [variable.name, variable])).values()];
}

function leavesOf(node: Node, path: string): { path: string; node: Node }[] {
  if (node.kind === 'scalar') return [{ path, node }];
  if (node.kind === 'sequence')
    return node.items.flatMap((item, index) => leavesOf(item, `${path}[${String(index)}]`));
  return [...node.entries].flatMap(([name, { value }]) => leavesOf(value, `${path}.${name}`));
}

function placeOf(mark: Mark, base: string): string {
  return formatRange(rangeOf(mark), base);
}

function relative(place: string, base: string): string {
  return place.startsWith(`${base}/`) ? place.slice(base.length + 1) : place;
}
