import type { Entry, Node } from '../tree/node.ts';
import { rewriteTree, ruleTree } from '../tree/rules.ts';

/** Takes back what `config --format json` prints in another way than it is written, so that its output can be read. */
export function withWrittenForms(model: Node): Node {
  return rewriteTree(model, { rules, context: undefined }) ?? model;
}

/** The devices of `blkio_config` are printed with `Path`, `Rate` and `Weight`. */
function lowerCase(node: Node): Node {
  if (node.kind !== 'map' || ![...node.entries.keys()].some((key) => /^[A-Z]/.test(key))) return node;
  const entries = [...node.entries].map(([key, entry]): [string, Entry] => [
    /^(Path|Rate|Weight)$/.test(key) ? key.toLowerCase() : key,
    entry,
  ]);
  return { ...node, entries: new Map(entries) };
}

const rules = ruleTree({
  'services.*.blkio_config.device_read_bps.*': lowerCase,
  'services.*.blkio_config.device_read_iops.*': lowerCase,
  'services.*.blkio_config.device_write_bps.*': lowerCase,
  'services.*.blkio_config.device_write_iops.*': lowerCase,
  'services.*.blkio_config.weight_device.*': lowerCase,
});
