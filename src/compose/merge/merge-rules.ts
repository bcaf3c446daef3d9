import { asKeyedMap, asList, asNamedMap } from '../canonical/collections.ts';
import { mapFrom, plainValue, textOf } from '../tree/node.ts';
import type { Node } from '../tree/node.ts';
import type { RuleTable } from '../tree/rules.ts';
import { mergeByKind, mergeMaps, replacing } from './merge.ts';
import type { MergeRule } from './merge.ts';

/** The later value stands for the earlier one as a whole; a null asks for nothing. */
const replace: MergeRule = (base, over) =>
  over.kind === 'scalar' && over.value === null ? base : replacing(base, over);

/** Maps, or lists of `K=V`, key by key; a later null is a value here: "take it from where berth runs". */
const keyed: MergeRule = (base, over, context) => {
  const below = asKeyedMap(base);
  const above = asKeyedMap(over);
  if (below?.kind !== 'map' || above?.kind !== 'map') return mergeByKind(base, over, context);
  const entries = new Map(below.entries);
  for (const [name, entry] of above.entries) {
    const earlier = below.entries.get(name);
    if (entry.value.tag === 'reset') entries.set(name, entry);
    else
      entries.set(
        name,
        earlier === undefined ? entry : { key: entry.key, value: replacing(earlier.value, entry.value) },
      );
  }
  return { ...below, entries, mark: over.mark };
};

/** A text, or a list of them, one after the other, each once. */
const appended: MergeRule = (base, over, context) => {
  const below = asList(base);
  const above = asList(over);
  if (below?.kind !== 'sequence' || above?.kind !== 'sequence') return mergeByKind(base, over, context);
  return { ...below, items: [...below.items, ...above.items] };
};

/** `depends_on`, `networks`, `models`: a list of names is a map of names with nothing said about them. */
const named =
  (valueFor: (mark: Node['mark']) => Node): MergeRule =>
  (base, over, context) => {
    const below = asNamedMap(base, valueFor);
    const above = asNamedMap(over, valueFor);
    if (below.kind !== 'map' || above.kind !== 'map') return mergeByKind(base, over, context);
    return mergeMaps(below, above, context);
  };

const build: MergeRule = (base, over, context) => mergeByKind(buildMap(base), buildMap(over), context);

function buildMap(node: Node): Node {
  return textOf(node) === undefined ? node : mapFrom({ context: node }, node.mark);
}

/** Options of one driver mean nothing to another. */
const logging: MergeRule = (base, over, context) => {
  const above = textOf(over, 'driver');
  const below = textOf(base, 'driver');
  if (above === undefined || below === undefined || above === below) return mergeByKind(base, over, context);
  return replacing(base, over);
};

/** Items are appended unless the very same item is there. */
const extraHosts: MergeRule = (base, over, context) => {
  if (base.kind !== 'sequence' || over.kind !== 'sequence') return mixedHosts(base, over, context);
  const present = new Set(base.items.map((item) => JSON.stringify(plainValue(item))));
  const added = over.items.filter((item) => !present.has(JSON.stringify(plainValue(item))));
  return { ...base, items: [...base.items, ...added] };
};

const mixedHosts: MergeRule = (base, over, context) => {
  if (base.kind === over.kind) return mergeByKind(base, over, context);
  const below = hostItems(base);
  const above = hostItems(over);
  if (below === undefined || above === undefined) return mergeByKind(base, over, context);
  return extraHosts(below, above, context);
};

function hostItems(node: Node): Node | undefined {
  if (node.kind === 'sequence') return node;
  if (node.kind !== 'map') return undefined;
  const items: Node[] = [];
  for (const [host, { value }] of node.entries) {
    for (const address of value.kind === 'sequence' ? value.items : [value]) {
      const text = textOf(address);
      if (text !== undefined) items.push({ kind: 'scalar', value: `${host}=${text}`, mark: address.mark });
    }
  }
  return { kind: 'sequence', items, mark: node.mark };
}

/** A bare number and a soft/hard pair do not mix. */
const ulimit: MergeRule = (base, over, context) =>
  base.kind === 'map' && over.kind === 'map'
    ? mergeByKind(base, over, context)
    : replace(base, over, context);

/** `external: true` of a later file says nothing about the name that an earlier one gave. */
const external: MergeRule = (base, over, context) => {
  if (over.kind === 'map' || base.kind === 'map') return replace(base, over, context);
  return mergeByKind(base, over, context);
};

const started = (mark: Node['mark']): Node => mapFrom({ condition: 'service_started', required: true }, mark);
const nothing = (mark: Node['mark']): Node => ({ kind: 'scalar', value: null, mark });

export const mergeRules: RuleTable<MergeRule> = {
  'services.*.command': replace,
  'services.*.entrypoint': replace,
  'services.*.healthcheck.test': replace,
  'services.*.ulimits.*': ulimit,
  'services.*.build.ulimits.*': ulimit,
  'services.*.annotations': keyed,
  'services.*.environment': keyed,
  'services.*.labels': keyed,
  'services.*.sysctls': keyed,
  'services.*.build.args': keyed,
  'services.*.build.additional_contexts': keyed,
  'services.*.build.labels': keyed,
  'services.*.deploy.labels': keyed,
  'networks.*.labels': keyed,
  'volumes.*.labels': keyed,
  'configs.*.labels': keyed,
  'secrets.*.labels': keyed,
  'services.*.dns': appended,
  'services.*.dns_opt': appended,
  'services.*.dns_search': appended,
  'services.*.env_file': appended,
  'services.*.label_file': appended,
  'services.*.tmpfs': appended,
  'services.*.develop.watch.*.ignore': appended,
  'services.*.develop.watch.*.include': appended,
  'services.*.depends_on': named(started),
  'services.*.networks': named(nothing),
  'services.*.models': named(nothing),
  'services.*.build': build,
  'services.*.logging': logging,
  'services.*.extra_hosts': extraHosts,
  'services.*.build.extra_hosts': extraHosts,
  'networks.*.external': external,
  'volumes.*.external': external,
  'configs.*.external': external,
  'secrets.*.external': external,
};
