import type { Diagnostics } from '../diagnostics.ts';
import type { Environment } from '../environment/project-environment.ts';
import * as mistakes from '../errors.ts';
import * as warnings from '../warnings.ts';
import type { Mark } from '../text/source-text.ts';
import { scalar } from '../tree/node.ts';
import type { Entry, Node, ScalarNode, VariableUse } from '../tree/node.ts';
import { descend } from '../tree/rules.ts';
import type { Path, RuleTree } from '../tree/rules.ts';
import { castTree } from './casts.ts';
import type { Cast } from './casts.ts';
import { substitute, TemplateError } from './template.ts';

export interface InterpolationContext {
  readonly environment: Environment;
  readonly diagnostics: Diagnostics;
}

/**
 * Replaces the variables in every value of a document, and gives texts the type that their place wants. Keys are
 * never touched. A value that can't be interpolated is reported and left out.
 */
export function interpolateTree(document: Node, context: InterpolationContext): Node {
  return visit(document, { path: [], casts: castTree, context }) ?? document;
}

interface Place {
  readonly path: Path;
  readonly casts: RuleTree<Cast> | undefined;
  readonly context: InterpolationContext;
}

function visit(node: Node, place: Place): Node | undefined {
  if (node.kind === 'scalar')
    return typeof node.value === 'string' ? visitText(node, node.value, place) : node;
  if (node.kind === 'sequence') {
    let changed = false;
    const items: Node[] = [];
    for (const [index, item] of node.items.entries()) {
      const next = visit(item, below(place, index));
      changed ||= next !== item;
      if (next !== undefined) items.push(next);
    }
    return changed ? { ...node, items } : node;
  }
  let entries: Map<string, Entry> | undefined;
  for (const [name, { key, value }] of node.entries) {
    const next = visit(value, below(place, name));
    if (next === value) continue;
    entries ??= new Map(node.entries);
    if (next === undefined) entries.delete(name);
    else entries.set(name, { key, value: next });
  }
  return entries === undefined ? node : { ...node, entries };
}

function below({ path, casts, context }: Place, segment: string | number): Place {
  return { path: [...path, segment], casts: descend(casts, segment), context };
}

function visitText(node: ScalarNode, text: string, { path, casts, context }: Place): Node | undefined {
  const variables: VariableUse[] = [];
  const value = text.includes('$') ? substituteAt(node, text, { path, variables, context }) : text;
  if (value === undefined) return undefined;
  const cast = casts?.rule;
  // `scale:` with an empty variable is not a number, and compose reads an empty text there as nothing said.
  const result =
    cast === undefined ? value : cast(value, { path, mark: node.mark, diagnostics: context.diagnostics });
  if (result === text && variables.length === 0) return node;
  if (result === undefined) return undefined;
  return { ...node, ...scalar(result, node.mark), ...(variables.length > 0 && { variables }) };
}

function substituteAt(
  node: ScalarNode,
  text: string,
  { path, variables, context }: { path: Path; variables: VariableUse[]; context: InterpolationContext },
): string | undefined {
  const { environment, diagnostics } = context;
  try {
    return substitute(text, {
      lookup: (name) => environment.get(name)?.value,
      used: (name, value, usedDefault) => {
        const origin = usedDefault ? 'default' : (environment.get(name)?.origin ?? 'not set');
        variables.push({ name, value, origin });
      },
      unset: (name) => {
        diagnostics.warn(warnings.unsetVariable(name, undefined));
      },
    });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const mark = markWithin(node.mark, text, error);
    const place = path.join('.');
    diagnostics.report(
      error.kind === 'required'
        ? mistakes.requiredVariable({ path: place, name: error.variable, words: error.message, mark })
        : mistakes.invalidInterpolation({ path: place, mark, problem: error.message }),
      path,
    );
    return undefined;
  }
}

/** The part of a scalar that is meant, when it stands in the file as it is; else the whole scalar. */
export function markWithin(
  mark: Mark,
  text: string,
  { offset, length }: { offset: number; length: number },
): Mark {
  const quoted = /["']/.test(mark.source.text[mark.start] ?? '') ? 1 : 0;
  const start = mark.start + quoted;
  if (!mark.source.text.startsWith(text, start)) return mark;
  return { source: mark.source, start: start + offset, end: start + offset + length };
}
