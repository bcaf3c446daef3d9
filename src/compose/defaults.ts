import { child, scalar, textOf, withKeys } from './tree/node.ts';
import type { Node, Scalar } from './tree/node.ts';
import { rewriteTree, ruleTree } from './tree/rules.ts';
import type { Rewrite, RuleTable } from './tree/rules.ts';

/** A model in canonical form with what is meant when nothing is said. */
export function withDefaults(model: Node): Node {
  return rewriteTree(model, { rules, context: undefined }) ?? model;
}

type Rule = Rewrite<undefined>;

const build: Rule = (node) => {
  if (node.kind !== 'map') return node;
  const inline = child(node, 'dockerfile_inline') !== undefined;
  return filled(node, { context: '.', ...(!inline && { dockerfile: 'Dockerfile' }) });
};

const secret: Rule = (node) => {
  const source = textOf(node, 'source');
  return source === undefined ? node : filled(node, { target: `/run/secrets/${source}` });
};

const mount: Rule = (node) => {
  if (node.kind !== 'map' || textOf(node, 'type') !== 'bind') return node;
  const bind = child(node, 'bind');
  return bind === undefined ? node : withKeys(node, { bind: filled(bind, { create_host_path: true }) });
};

const table: RuleTable<Rule> = {
  'services.*.build': build,
  'services.*.depends_on.*': (node) => filled(node, { condition: 'service_started', required: true }),
  'services.*.env_file.*': (node) => filled(node, { required: true }),
  'services.*.ports.*': (node) => filled(node, { mode: 'ingress', protocol: 'tcp' }),
  'services.*.secrets.*': secret,
  'services.*.volumes.*': mount,
};

const rules = ruleTree(table);

/** The map with the values that it does not have yet. */
export function filled(node: Node, values: Readonly<Record<string, Scalar>>): Node {
  if (node.kind !== 'map') return node;
  const missing = Object.entries(values).filter(([key]) => !node.entries.has(key));
  if (missing.length === 0) return node;
  return withKeys(node, Object.fromEntries(missing.map(([key, value]) => [key, scalar(value, node.mark)])));
}
