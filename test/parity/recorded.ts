import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { repository } from '../helpers/host.ts';
import type { Row } from './compare.ts';

const file = `${repository}/test/parity/recorded.json`;

/** What Berth showed of each behaviour, by its id, when it last stood beside dockerd. Several lines are a list. */
export function recorded(): ReadonlyMap<string, string> {
  const shown = JSON.parse(readFileSync(file, 'utf8')) as Readonly<
    Record<string, string | readonly string[]>
  >;
  return new Map(Object.entries(shown).map(([id, lines]) => [id, [lines].flat().join('\n')]));
}

/** Writes down the rows of a run in which every difference was one that is documented; the rows of others stay. */
export async function record(rows: readonly Row[]): Promise<void> {
  const shown = new Map([
    ...recorded(),
    ...rows.map(({ behaviour, berth }) => [behaviour.id, berth] as const),
  ]);
  const lines = [...shown].map(([id, text]) => [id, text.includes('\n') ? text.split('\n') : text] as const);
  await writeFile(file, `${JSON.stringify(Object.fromEntries(lines), null, 2)}\n`);
}
