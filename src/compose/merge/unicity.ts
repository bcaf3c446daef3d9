import { child, overriding, textOf } from '../tree/node.ts';
import type { Node } from '../tree/node.ts';
import { rewriteTree, ruleTree } from '../tree/rules.ts';
import type { Rewrite, RuleTable } from '../tree/rules.ts';

/** Lists of texts without repetition, the first of equal ones staying. Runs before validation. */
export function uniqueTexts(model: Node): Node {
  return rewriteTree(model, { rules: textRules, context: undefined }) ?? model;
}

/** Lists of objects in which a later one with the same key stands in the place of the earlier. Runs on the long form. */
export function uniqueObjects(model: Node): Node {
  return rewriteTree(model, { rules: objectRules, context: undefined }) ?? model;
}

type Rule = Rewrite<undefined>;

const texts = by(
  (item) => (item.kind === 'scalar' ? `${typeof item.value} ${String(item.value)}` : undefined),
  'first',
);

const textTable: RuleTable<Rule> = {
  'services.*.build.tags': texts,
  'services.*.cap_add': texts,
  'services.*.cap_drop': texts,
  'services.*.dns': texts,
  'services.*.dns_opt': texts,
  'services.*.dns_search': texts,
  'services.*.env_file': texts,
  'services.*.expose': texts,
  'services.*.label_file': texts,
  'services.*.links': texts,
  'services.*.networks.*.aliases': texts,
  'services.*.networks.*.link_local_ips': texts,
  'services.*.profiles': texts,
  'services.*.tmpfs': texts,
};

const target = (item: Node): string | undefined => textOf(item, 'target');

/** Where the container finds a secret or config when nothing else is said. */
const grantTarget =
  (folder: string) =>
  (item: Node): string | undefined => {
    const source = textOf(item, 'source');
    return textOf(item, 'target') ?? (source === undefined ? undefined : `${folder}${source}`);
  };

function portKey(item: Node): string | undefined {
  if (item.kind !== 'map') return undefined;
  const value = (key: string, fallback: string): string => {
    const found = child(item, key);
    return found?.kind === 'scalar' ? String(found.value) : fallback;
  };
  return `${value('host_ip', '0.0.0.0')}:${value('published', '')}:${value('target', '')}/${value('protocol', 'tcp')}`;
}

const objectTable: RuleTable<Rule> = {
  'services.*.build.secrets': by(grantTarget('/run/secrets/'), 'later'),
  'services.*.configs': by(grantTarget('/'), 'later'),
  'services.*.devices': by(target, 'later'),
  'services.*.env_file': by((item) => textOf(item, 'path'), 'later'),
  'services.*.expose': texts,
  'services.*.ports': by(portKey, 'later'),
  'services.*.secrets': by(grantTarget('/run/secrets/'), 'later'),
  'services.*.volumes': by(target, 'later'),
  'networks.*.ipam.config': by((item) => textOf(item, 'subnet'), 'later'),
};

const textRules = ruleTree(textTable);
const objectRules = ruleTree(objectTable);

function by(keyOf: (item: Node) => string | undefined, wins: 'first' | 'later'): Rule {
  return (node) => {
    if (node.kind !== 'sequence' || node.items.length < 2) return node;
    const places = new Map<string, number>();
    const items: Node[] = [];
    for (const item of node.items) {
      const key = keyOf(item);
      const place = key === undefined ? undefined : places.get(key);
      if (place === undefined) {
        if (key !== undefined) places.set(key, items.length);
        items.push(item);
      } else if (wins === 'later') {
        items[place] = overriding(item, items[place] ?? item);
      }
    }
    return items.length === node.items.length ? node : { ...node, items };
  };
}
