import type { Diagnostics } from '../diagnostics.ts';
import * as mistakes from '../errors.ts';
import type { Mark } from '../text/source-text.ts';
import { child } from '../tree/node.ts';
import type { MapNode, Node } from '../tree/node.ts';

interface Visit {
  readonly name: string;
  readonly pending: string[];
}

/** Reports each circle of dependencies once, at the dependency that closes it. */
export function checkCycles(services: MapNode, diagnostics: Diagnostics): void {
  const done = new Set<string>();
  // Sorted, so that the same circle is always told from the same service.
  for (const name of [...services.entries.keys()].sort()) walk(name, { services, done, diagnostics });
}

/** Depth first, with a stack of its own: a chain may be longer than the call stack. */
function walk(
  start: string,
  { services, done, diagnostics }: { services: MapNode; done: Set<string>; diagnostics: Diagnostics },
): void {
  if (done.has(start)) return;
  const stack: Visit[] = [{ name: start, pending: dependenciesOf(services, start) }];
  const open = new Set([start]);
  for (let visit = stack.at(-1); visit !== undefined; visit = stack.at(-1)) {
    const next = visit.pending.pop();
    if (next === undefined) {
      done.add(visit.name);
      open.delete(visit.name);
      stack.pop();
    } else if (open.has(next)) {
      const names = stack.map(({ name }) => name);
      const chain = [...names.slice(names.indexOf(next)), next];
      diagnostics.report(mistakes.dependencyCycle(chain, markOf(services, { from: visit.name, to: next })));
    } else if (!done.has(next) && services.entries.has(next)) {
      open.add(next);
      stack.push({ name: next, pending: dependenciesOf(services, next) });
    }
  }
}

function dependenciesOf(services: MapNode, name: string): string[] {
  const dependencies = dependencyMap(services, name);
  return dependencies?.kind === 'map' ? [...dependencies.entries.keys()].sort().reverse() : [];
}

function markOf(services: MapNode, { from, to }: { from: string; to: string }): Mark {
  const dependencies = dependencyMap(services, from);
  return (dependencies?.kind === 'map' ? dependencies.entries.get(to)?.key : undefined) ?? services.mark;
}

function dependencyMap(services: MapNode, name: string): Node | undefined {
  return child(services.entries.get(name)?.value, 'depends_on');
}
