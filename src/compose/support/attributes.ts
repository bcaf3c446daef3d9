import { shapes } from '../generated/compose-schema.js';
import type { Shape } from '../generated/compose-schema.js';

/** The pattern of every attribute that the schema knows, such as `services.*.ports.*.target`, sorted. */
export function schemaAttributes(): string[] {
  const found = new Set<string>();
  collect('', { pattern: [], found, open: [] });
  return [...found].sort();
}

interface Walk {
  readonly pattern: readonly string[];
  readonly found: Set<string>;
  /** Definitions on the way here: one within itself ends the walk. */
  readonly open: readonly string[];
}

function collect(shape: Shape, walk: Walk): void {
  const { pattern, found } = walk;
  if (typeof shape === 'string' && walk.open.includes(shape)) return;
  const open = typeof shape === 'string' ? [...walk.open, shape] : walk.open;
  const known = typeof shape === 'string' ? shapes[shape] : shape;
  if (known === undefined || typeof known === 'string') return;
  for (const [key, value] of Object.entries(known.keys ?? {})) {
    found.add([...pattern, key].join('.'));
    collect(value, { pattern: [...pattern, key], found, open });
  }
  for (const value of [known.any, known.items]) {
    if (value !== undefined) collect(value, { pattern: [...pattern, '*'], found, open });
  }
}
