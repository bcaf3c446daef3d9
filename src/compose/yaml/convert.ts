import type { Alias, Node as YamlNode, Pair, Scalar as YamlScalar, YAMLMap, YAMLSeq } from 'yaml';
import { isAlias, isMap, isPair, isScalar, isSeq } from 'yaml';
import * as yamlMistakes from './errors.ts';
import type { Diagnostics, Mistake } from '../diagnostics.ts';
import type { Mark, SourceText } from '../text/source-text.ts';
import { mapOf, scalar, sequence } from '../tree/node.ts';
import type { Entry, MergeTag, Node, Scalar } from '../tree/node.ts';
import { integerOf, plainScalar } from './scalars.ts';

const DEPTH_MAX = 200;
/** Nodes that aliases may add: this many, or ten for each node that the file really has, whichever is more. */
const ALIASED_NODES_MAX = 100_000;
const ALIASED_NODES_PER_NODE_MAX = 10;

/** Ends the conversion of a document that can't be read on from. */
class Unreadable extends Error {
  readonly mistake: Mistake;

  constructor(mistake: Mistake) {
    super(mistake.message);
    this.mistake = mistake;
  }
}

interface Anchored {
  readonly node: Node;
  readonly size: number;
}

interface Context {
  readonly source: SourceText;
  readonly diagnostics: Diagnostics;
  readonly anchors: Map<string, Anchored | 'open'>;
  /** Nodes that stand in the file, and nodes that aliases stand for. */
  own: number;
  aliased: number;
  /** Size of the subtree converted last, aliases expanded. */
  size: number;
}

/** The tree for a parsed YAML node; `undefined` when it was reported as unreadable. */
export function nodeFrom(
  yaml: YamlNode,
  { source, diagnostics }: { source: SourceText; diagnostics: Diagnostics },
): Node | undefined {
  const context: Context = { source, diagnostics, anchors: new Map(), own: 0, aliased: 0, size: 0 };
  try {
    return convert(yaml, context, 0);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    diagnostics.report(error.mistake);
    return undefined;
  }
}

function convert(yaml: YamlNode, context: Context, depth: number): Node {
  if (depth > DEPTH_MAX) throw new Unreadable(yamlMistakes.tooDeep(markOf(yaml, context), DEPTH_MAX));
  if (isAlias(yaml)) return resolveAlias(yaml, context);
  const anchor = 'anchor' in yaml && typeof yaml.anchor === 'string' ? yaml.anchor : undefined;
  if (anchor !== undefined) context.anchors.set(anchor, 'open');
  context.own += 1;
  const node = withTag(convertContent(yaml, context, depth), yaml, context);
  if (anchor !== undefined) context.anchors.set(anchor, { node, size: context.size });
  return node;
}

function convertContent(yaml: YamlNode, context: Context, depth: number): Node {
  context.size = 1;
  if (isMap(yaml)) return convertMap(yaml, context, depth);
  if (isSeq(yaml)) return convertSequence(yaml, context, depth);
  if (isScalar(yaml)) return scalar(scalarValue(yaml, context), markOf(yaml, context));
  throw new Error('a YAML node of unknown kind');
}

function resolveAlias(alias: Alias, context: Context): Node {
  const found = context.anchors.get(alias.source);
  const mark = markOf(alias, context);
  if (found === undefined) throw new Unreadable(yamlMistakes.unknownAnchor(alias.source, mark));
  if (found === 'open') throw new Unreadable(yamlMistakes.aliasCycle(alias.source, mark));
  context.aliased += found.size;
  context.size = found.size;
  if (context.aliased > Math.max(ALIASED_NODES_MAX, context.own * ALIASED_NODES_PER_NODE_MAX)) {
    throw new Unreadable(yamlMistakes.excessiveAliasing(mark));
  }
  return found.node;
}

function convertSequence(yaml: YAMLSeq, context: Context, depth: number): Node {
  let size = 1;
  const items: Node[] = [];
  for (const item of yaml.items) {
    items.push(isPair(item) ? convertSet(item, context) : convert(asNode(item), context, depth + 1));
    size += context.size;
  }
  context.size = size;
  return sequence(items, markOf(yaml, context));
}

/** `[? a : b]`, a pair within a flow sequence, reads as a map of one key. */
function convertSet(pair: Pair, context: Context): Node {
  throw new Unreadable(yamlMistakes.badKey('a pair in a list', markOf(asNode(pair.key), context)));
}

function convertMap(yaml: YAMLMap, context: Context, depth: number): Node {
  const entries = new Map<string, Entry>();
  const merged: Node[] = [];
  let size = 1;
  for (const pair of yaml.items) {
    const key = asNode(pair.key);
    const name = keyName(key, context);
    const mark = markOf(key, context);
    context.size = 1;
    const value = pair.value === null ? scalar(null, mark) : convert(asNode(pair.value), context, depth + 1);
    size += context.size;
    if (name === undefined) continue;
    if (name === '<<' && isScalar(key) && key.type === 'PLAIN') merged.push(...mergeSources(value, context));
    else addEntry(entries, { name, entry: { key: mark, value }, context });
  }
  context.size = size;
  return mapOf(merged.length === 0 ? entries : withMerged(entries, merged), markOf(yaml, context));
}

function addEntry(
  entries: Map<string, Entry>,
  { name, entry, context }: { name: string; entry: Entry; context: Context },
): void {
  const earlier = entries.get(name);
  if (earlier === undefined) entries.set(name, entry);
  else context.diagnostics.report(yamlMistakes.duplicateKey({ name, mark: entry.key, earlier: earlier.key }));
}

/** The maps that `<<` brings in, nearest first. */
function mergeSources(value: Node, context: Context): Node[] {
  const sources = value.kind === 'sequence' ? value.items : [value];
  return sources.filter((source) => {
    if (source.kind === 'map') return true;
    if (source.kind === 'scalar' && source.value === null) return false;
    context.diagnostics.report(yamlMistakes.badMergeKey(source.mark));
    return false;
  });
}

/** Own keys win over merged ones, earlier merged maps over later ones. */
function withMerged(own: Map<string, Entry>, merged: readonly Node[]): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const source of [...merged].reverse()) {
    if (source.kind !== 'map') continue;
    for (const [name, entry] of source.entries) entries.set(name, entry);
  }
  for (const [name, entry] of own) {
    const overrode = entries.get(name)?.value;
    entries.set(
      name,
      overrode === undefined ? entry : { key: entry.key, value: { ...entry.value, overrode } },
    );
  }
  return entries;
}

function keyName(key: YamlNode, context: Context): string | undefined {
  const mark = markOf(key, context);
  if (isAlias(key)) {
    const node = resolveAlias(key, context);
    if (node.kind === 'scalar' && typeof node.value === 'string') return node.value;
    context.diagnostics.report(yamlMistakes.badKey('an alias of something that is not a text', mark));
    return undefined;
  }
  if (!isScalar(key)) {
    context.diagnostics.report(yamlMistakes.badKey(isMap(key) ? 'a mapping' : 'a list', mark));
    return undefined;
  }
  const anchor = key.anchor;
  const value = scalarValue(key, context);
  if (anchor !== undefined) context.anchors.set(anchor, { node: scalar(value, mark), size: 1 });
  if (typeof value === 'string') return value;
  context.diagnostics.report(yamlMistakes.nonStringKey(key.source ?? '', mark));
  return undefined;
}

function scalarValue(yaml: YamlScalar, context: Context): Scalar {
  const text = typeof yaml.value === 'string' ? yaml.value : '';
  switch (yaml.tag) {
    case undefined:
      return yaml.type === 'PLAIN' ? plainScalar(text) : text;
    case '!reset':
    case '!override':
      return yaml.type === 'PLAIN' ? plainScalar(text) : text;
    case 'tag:yaml.org,2002:str':
      return text;
    default:
      return taggedScalar(yaml, text, context);
  }
}

function taggedScalar(yaml: YamlScalar, text: string, context: Context): Scalar {
  const value = plainScalar(text);
  const wrong = (kind: string): never => {
    throw new Unreadable(yamlMistakes.badTaggedValue(text, kind, markOf(yaml, context)));
  };
  switch (yaml.tag) {
    case 'tag:yaml.org,2002:int':
      return integerOf(text) ?? wrong('an integer');
    case 'tag:yaml.org,2002:float':
      return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : wrong('a number');
    case 'tag:yaml.org,2002:bool':
      return typeof value === 'boolean' ? value : wrong('a boolean');
    case 'tag:yaml.org,2002:null':
      return value === null ? null : wrong('null');
    case 'tag:yaml.org,2002:binary':
      return Buffer.from(text, 'base64').toString('utf8');
    default:
      return yaml.type === 'PLAIN' ? value : text;
  }
}

function withTag(node: Node, yaml: YamlNode, context: Context): Node {
  const name = 'tag' in yaml ? yaml.tag : undefined;
  if (name === undefined || name.startsWith('tag:yaml.org,2002:')) return node;
  const tags: Readonly<Record<string, MergeTag>> = { '!reset': 'reset', '!override': 'override' };
  const tag = tags[name];
  if (tag !== undefined) return { ...node, tag };
  context.diagnostics.warn(yamlMistakes.unknownTag(name, node.mark));
  return node;
}

function markOf(yaml: YamlNode, { source }: Context): Mark {
  const [start, end] = yaml.range ?? [0, 0];
  return { source, start, end };
}

function asNode(value: unknown): YamlNode {
  if (isScalar(value) || isMap(value) || isSeq(value) || isAlias(value)) return value;
  throw new Error('a YAML node without content');
}
