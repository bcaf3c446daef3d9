import { filled } from '../defaults.ts';
import { withoutExtensions } from '../tidy.ts';
import { mapFrom, withKeys, withoutKey } from '../tree/node.ts';
import type { Entry, MapNode, Node, Scalar } from '../tree/node.ts';
import { rewriteTree, ruleTree } from '../tree/rules.ts';
import type { Rewrite, RuleTable } from '../tree/rules.ts';

/**
 * A model as JSON, two spaces a level. Has what Docker Compose prints in JSON only: `command` and `entrypoint` of null,
 * empty `ipam`, `resources` and `placement` objects, and lacks `models` and the `x-` keys
 * below the top level.
 */
export function renderJson(model: MapNode): string {
  const plain = withoutExtensions(withoutKey(model, 'models'));
  const complete = rewriteTree(plain, { rules, context: undefined }) ?? plain;
  return `${jsonText(complete, '')}\n`;
}

/** As `JSON.stringify`, but exact for integers beyond 2^53. */
export function jsonText(node: Node, indent: string): string {
  const deeper = `${indent}  `;
  if (node.kind === 'scalar') return jsonScalar(node.value);
  if (node.kind === 'sequence') {
    if (node.items.length === 0) return '[]';
    return `[\n${node.items.map((item) => deeper + jsonText(item, deeper)).join(',\n')}\n${indent}]`;
  }
  if (node.entries.size === 0) return '{}';
  const lines = [...node.entries].map(
    ([key, { value }]) => `${deeper}${JSON.stringify(key)}: ${jsonText(value, deeper)}`,
  );
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

function jsonScalar(value: Scalar): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(String(value));
  return JSON.stringify(value);
}

type Rule = Rewrite<undefined>;

const withObjects =
  (...keys: readonly string[]): Rule =>
  (node) => {
    if (node.kind !== 'map') return node;
    const missing = keys.filter((key) => !node.entries.has(key));
    return withKeys(node, Object.fromEntries(missing.map((key) => [key, mapFrom({}, node.mark)])));
  };

const withNulls: Rule = (node) => {
  return filled(node, { command: null, entrypoint: null });
};

/** Docker Compose prints these devices with the names of its own fields. */
const capitalised: Rule = (node) => {
  if (node.kind !== 'map') return node;
  const entries = [...node.entries].map(([key, entry]): [string, Entry] => [
    key.charAt(0).toUpperCase() + key.slice(1),
    entry,
  ]);
  return { ...node, entries: new Map(entries) };
};

/** A hook without a command, where Docker Compose always prints one. */
const withExec: Rule = (node) => {
  if (node.kind !== 'map') return node;
  const exec = node.entries.get('exec')?.value ?? mapFrom({}, node.mark);
  return withKeys(node, { exec: exec.kind === 'map' ? filled(exec, { command: null }) : exec });
};

const table: RuleTable<Rule> = {
  'services.*': withNulls,
  'services.*.blkio_config.device_read_bps.*': capitalised,
  'services.*.blkio_config.device_read_iops.*': capitalised,
  'services.*.blkio_config.device_write_bps.*': capitalised,
  'services.*.blkio_config.device_write_iops.*': capitalised,
  'services.*.blkio_config.weight_device.*': capitalised,
  'services.*.develop.watch.*': withExec,
  'services.*.deploy': withObjects('resources', 'placement'),
  'networks.*': withObjects('ipam'),
};

const rules = ruleTree(table);
