import type { Row } from './compare.ts';

const WIDTH = 58;

/** One behaviour in both columns, as the two engines showed it. */
export function rowText(row: Row): string {
  const { behaviour, verdict } = row;
  const why = behaviour.difference === undefined ? '' : ` (docs/differences.md#${behaviour.difference})`;
  const head = `${marks[verdict]} ${behaviour.id}: ${behaviour.is}${verdict === 'same' ? '' : ` — ${verdict}${why}`}`;
  const [left, right] = [linesOf(row.docker), linesOf(row.berth)];
  const body = Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
    const [one = '', other = ''] = [left[index], right[index]];
    return `    ${one.padEnd(WIDTH)} | ${other}`;
  });
  return [head, ...body].join('\n');
}

export function summaryOf(rows: readonly Row[]): string {
  const count = (verdict: Row['verdict']) => rows.filter((row) => row.verdict === verdict).length;
  return (
    `${rows.length} behaviours: ${count('same')} the same, ${count('chosen')} different and chosen, ` +
    `${count('not chosen')} different and not chosen, ${count('no longer different')} listed but not different`
  );
}

const marks = { same: '✔', chosen: '≠', 'not chosen': '✖', 'no longer different': '✖' } as const;

function linesOf(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const pieces: string[] = [];
    for (let at = 0; at === 0 || at < line.length; at += WIDTH) pieces.push(line.slice(at, at + WIDTH));
    return pieces;
  });
}
