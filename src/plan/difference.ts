import type { ComposePath, ComposeValue } from '../model/compose.ts';
import { GRANTED_FILES, type Definition } from './definition.ts';

/** One field that differs; `undefined` where it is absent. */
export interface FieldChange {
  readonly path: ComposePath;
  readonly before: ComposeValue | undefined;
  readonly after: ComposeValue | undefined;
}

const textLengthMax = 60;

/** The fields in which two definitions differ, in the order of their keys. */
export function changesBetween(before: Definition, after: Definition): FieldChange[] {
  const changes: FieldChange[] = [];
  collect([], before, after, changes);
  return changes;
}

/** `environment.DEBUG: "0" → "1"`, each field with its two values. */
export function formatChanges(changes: readonly FieldChange[]): string {
  return changes.map(formatChange).join(', ');
}

function collect(
  path: ComposePath,
  before: ComposeValue | undefined,
  after: ComposeValue | undefined,
  into: FieldChange[],
): void {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  if (isMap(before) && isMap(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    for (const key of keys) collect([...path, key], before[key], after[key], into);
  } else if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    before.forEach((item, index) => {
      collect([...path, index], item as ComposeValue, after[index] as ComposeValue, into);
    });
  } else {
    into.push({ path, before, after });
  }
}

function formatChange(change: FieldChange): string {
  if (change.path[0] === GRANTED_FILES) return formatGrant(change);
  return `${formatPath(change.path)}: ${formatValue(change.before)} → ${formatValue(change.after)}`;
}

/** Digests say nothing to a person: which one it is, and what became of it. Never the value. */
function formatGrant({ path, before, after }: FieldChange): string {
  const [kind = '', ...name] = String(path[1] ?? '').split('.');
  const what = `${kind.replace(/s$/, '')} ${name.join('.')}`.trim() || 'secrets and configs';
  if (before === undefined) return `${what}: new`;
  return after === undefined ? `${what}: no longer given` : `${what}: its content changed`;
}

function formatPath(path: ComposePath): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('');
}

function formatValue(value: ComposeValue | undefined): string {
  if (value === undefined) return '(none)';
  const text = JSON.stringify(value);
  return text.length > textLengthMax ? text.slice(0, textLengthMax - 1) + '…' : text;
}

function isMap(value: ComposeValue | undefined): value is { readonly [key: string]: ComposeValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
