import { isAbsolute, join } from 'node:path';
import { realPathOf } from '../host/text-files.ts';
import type { Environment } from './environment/project-environment.ts';
import { child, textOf, withKey } from './tree/node.ts';
import type { Node } from './tree/node.ts';
import { rewriteTree, ruleTree } from './tree/rules.ts';
import type { Rewrite, RuleTable } from './tree/rules.ts';

export interface PathContext {
  /** Absolute: where relative paths start. */
  readonly workingDir: string;
  /** For `HOME`, which `~` stands for. */
  readonly environment: Environment;
}

/** A model in canonical form with its relative paths made absolute. */
export function resolvePaths(model: Node, context: PathContext): Node {
  return rewriteTree(model, { rules, context }) ?? model;
}

/** The same for one service on its own: a base that comes from another file. */
export function resolveServicePaths(
  service: Node,
  { name, ...context }: PathContext & { name: string },
): Node {
  const below = rules.keys.get('services')?.any;
  return (below && rewriteTree(service, { rules: below, context, path: ['services', name] })) ?? service;
}

/** A compose file that would have to be fetched. */
export function isRemote(path: string): boolean {
  return /^(https?|git|ssh|oci):\/\//.test(path) || /^git@|^github\.com\//.test(path);
}

type Rule = Rewrite<PathContext>;

const path: Rule = (node, _path, context) => {
  const text = textOf(node);
  return text === undefined ? node : { ...node, kind: 'scalar', value: absolute(text, context) };
};

const watchedPath: Rule = (node, _path, context) => {
  const text = textOf(node);
  return text === undefined ? node : { ...node, kind: 'scalar', value: realPathOf(absolute(text, context)) };
};

/** A folder, unless it is an address that a builder fetches. */
const context: Rule = (node, at, paths) => {
  const text = textOf(node);
  return text === undefined || text === '' || isBuildAddress(text) ? node : path(node, at, paths);
};

const bindSource: Rule = (node, at, paths) => {
  const source = child(node, 'source');
  if (node.kind !== 'map' || source === undefined || textOf(node, 'type') !== 'bind') return node;
  const text = textOf(source);
  if (text === undefined || text === '') return node;
  return withKey(node, 'source', path(source, at, paths) ?? source);
};

/** The folder of a `local` volume that is a bind mount. */
const volumeDevice: Rule = (node, at, paths) => {
  const options = child(node, 'driver_opts');
  const device = child(options, 'device');
  const driver = textOf(node, 'driver') ?? 'local';
  if (node.kind !== 'map' || options?.kind !== 'map' || device === undefined || driver !== 'local')
    return node;
  if (!/(^|,)r?bind(,|$)/.test(textOf(options, 'o') ?? '')) return node;
  return withKey(node, 'driver_opts', withKey(options, 'device', path(device, at, paths) ?? device));
};

const table: RuleTable<Rule> = {
  'services.*.build.additional_contexts.*': context,
  'services.*.build.context': context,
  'services.*.develop.watch.*.path': watchedPath,
  'services.*.env_file.*.path': path,
  'services.*.label_file.*': path,
  'services.*.volumes.*': bindSource,
  'configs.*.file': path,
  'secrets.*.file': path,
  'volumes.*': volumeDevice,
};

const rules = ruleTree(table);

function absolute(text: string, { workingDir, environment }: PathContext): string {
  const home = environment.get('HOME')?.value;
  if ((text === '~' || text.startsWith('~/')) && home !== undefined)
    return withoutSlash(join(home, text.slice(1)));
  if (isAbsolute(text) || /^[a-zA-Z]:[\\/]/.test(text) || text.startsWith('\\\\')) return text;
  return withoutSlash(join(workingDir, text));
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function isBuildAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(text) || /^git@|^github\.com\//.test(text);
}
