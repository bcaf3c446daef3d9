import type { Operation, Plan, ResourceChange } from '../model/plan.ts';
import { formatRange } from '../model/source.ts';

const symbols: Record<ResourceChange['verdict'], string> = {
  pull: '↓',
  build: '⚒',
  create: '+',
  recreate: '~',
  start: '▶',
  restart: '↻',
  stop: '■',
  remove: '-',
  unchanged: '=',
};

/**
 * A plan as text that stays the same as long as the plan does: a summary, then a line for each thing that changes.
 * `base`: positions below this folder are shown relative to it.
 */
export function formatPlan(plan: Plan, options: { base?: string } = {}): string {
  const changed = plan.changes.filter((change) => change.verdict !== 'unchanged');
  const rows = changed.map((change) => [
    `${symbols[change.verdict]} ${change.resource.kind} ${change.resource.name}`,
    change.verdict,
    change.cause.text,
    change.cause.at ? formatRange(change.cause.at, options.base) : '',
  ]);
  const lines = [`${plan.project}: ${summaryOf(plan)}`, ...aligned(rows).map((row) => `  ${row}`)];
  for (const note of plan.notes ?? []) {
    const at = note.at ? `   ${formatRange(note.at, options.base)}` : '';
    lines.push(`  ! ${note.text}${at}`);
  }
  return lines.join('\n') + '\n';
}

/** The operations of a plan, one a line: number, what it needs, why. */
export function formatOperations(plan: Plan): string {
  const rows = plan.operations.map((operation) => [
    `[${operation.id}]`,
    operationText(operation),
    edgesText(operation),
    operation.cause.text,
  ]);
  return aligned(rows)
    .map((row) => row + '\n')
    .join('');
}

/** `create-container shop-web-1`. */
export function operationText(operation: Operation): string {
  const { detail, resource } = operation;
  const text = `${detail.kind} ${resource.name}`;
  if (detail.kind === 'wait-container') return `${text} ${detail.condition}`;
  if (detail.kind === 'run-hook' || detail.kind === 'exec-hook') {
    return `${text} ${detail.hook}[${detail.index}]`;
  }
  if (detail.kind === 'run-provider') return `${text} ${detail.command}`;
  return detail.kind === 'rename-container' ? `${text} to ${detail.to}` : text;
}

export function isEmptyPlan(plan: Plan): boolean {
  return plan.changes.every((change) => change.verdict === 'unchanged');
}

function summaryOf(plan: Plan): string {
  const verdicts: ResourceChange['verdict'][] = [
    'pull',
    'build',
    'create',
    'recreate',
    'start',
    'restart',
    'stop',
    'remove',
  ];
  const counts = verdicts.map((verdict) => [verdict, count(plan, verdict)] as const);
  const parts = counts
    .filter(([, number]) => number > 0)
    .map(([verdict, number]) => `${number} to ${verdict}`);
  const unchanged = count(plan, 'unchanged');
  if (parts.length === 0 && unchanged === 0) return 'nothing to do';
  if (parts.length === 0) return `nothing to do, ${unchanged} up to date`;
  return [...parts, ...(unchanged > 0 ? [`${unchanged} unchanged`] : [])].join(', ');
}

function count(plan: Plan, verdict: ResourceChange['verdict']): number {
  return plan.changes.filter((change) => change.verdict === verdict).length;
}

function edgesText(operation: Operation): string {
  const needs = operation.needs.length > 0 ? `needs ${operation.needs.join(', ')}` : '';
  const after = operation.after ? `after ${operation.after.join(', ')}` : '';
  return [needs, after].filter((text) => text !== '').join('; ');
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}
