import type { Diagnostics } from '../diagnostics.ts';
import { mapFrom, scalar, sequence, textOf } from '../tree/node.ts';
import type { Node } from '../tree/node.ts';
import { rewriteTree, ruleTree } from '../tree/rules.ts';
import type { Path, Rewrite, RuleTable } from '../tree/rules.ts';
import { asKeyedMap, asLabel, asList, asNamedMap, asText } from './collections.ts';
import { deviceMapping, deviceRequest, gpuRequests } from './devices.ts';
import { extraHosts } from './extra-hosts.ts';
import { portList } from './ports.ts';
import { externalName } from './external.ts';
import { splitWords } from './shell-words.ts';
import { volumeMount } from './volumes.ts';
import * as mistakes from '../errors.ts';

export interface CanonicalContext {
  readonly diagnostics: Diagnostics;
  /** False with `--no-interpolate`: what still holds a `$` can't be taken apart and stays as it is. */
  readonly interpolated: boolean;
}

type Rule = Rewrite<CanonicalContext>;

/**
 * Gives every short form its long form. What is of a wrong type stays as it is: the schema has reported it, or will
 * once an extending service is merged on it.
 */
export function canonicalForm(model: Node, context: CanonicalContext): Node {
  return rewriteTree(model, { rules, context }) ?? model;
}

/** The long form of one service on its own: a base that another one extends. */
export function canonicalService(
  service: Node,
  { name, context }: { name: string; context: CanonicalContext },
): Node {
  const services = rules.keys.get('services')?.any;
  return (
    (services && rewriteTree(service, { rules: services, context, path: ['services', name] })) ?? service
  );
}

const keyedMap: Rule = (node) => asKeyedMap(node) ?? node;
const list: Rule = (node) => asList(node) ?? node;
const text: Rule = (node) => asText(node);
const label: Rule = (node) => asLabel(node);
const names: Rule = (node) => asNamedMap(node, (mark) => scalar(null, mark));
const dependencies: Rule = (node) =>
  asNamedMap(node, (mark) => mapFrom({ condition: 'service_started', required: true }, mark));

/** Shell words, without a shell: quotes group, nothing is expanded. */
const words: Rule = (node, path, context) => {
  const line = textOf(node);
  if (line === undefined) return node;
  const parts = splitWords(line);
  if (parts === undefined) {
    context.diagnostics.report(
      mistakes.badValue({
        message: `${path.join('.')}: a quote is not closed`,
        mark: node.mark,
        hint: 'close it, or write the command as a list, one argument an item',
      }),
      path,
    );
    return undefined;
  }
  return {
    ...node,
    ...sequence(
      parts.map((part) => scalar(part, node.mark)),
      node.mark,
    ),
  };
};

const healthTest: Rule = (node) => {
  const line = textOf(node);
  if (line === undefined) return node;
  return { ...node, ...sequence([scalar('CMD-SHELL', node.mark), scalar(line, node.mark)], node.mark) };
};

const grant: Rule = (node) => (textOf(node) === undefined ? node : mapFrom({ source: node }, node.mark));
const buildContext: Rule = (node) =>
  textOf(node) === undefined ? node : mapFrom({ context: node }, node.mark);

const envFile: Rule = (node) =>
  textOf(node) === undefined ? node : mapFrom({ path: node, required: true }, node.mark);

const envFiles: Rule = (node) => asList(node) ?? node;

/** `default` stands for `SSH_AUTH_SOCK`; a list of `id=path` is a map of them. */
const sshKeys: Rule = (node: Node, _path: Path) => asKeyedMap(node) ?? node;

/** Docker takes an unset option for an empty one. */
const options = label;

const hostList: Rule = (node, path, context) => extraHosts(node, path, context);

const table: RuleTable<Rule> = {
  'services.*.annotations': keyedMap,
  'services.*.annotations.*': label,
  'services.*.build': buildContext,
  'services.*.build.additional_contexts': keyedMap,
  'services.*.build.additional_contexts.*': label,
  'services.*.build.args': keyedMap,
  'services.*.build.args.*': text,
  'services.*.build.extra_hosts': hostList,
  'services.*.build.labels': keyedMap,
  'services.*.build.labels.*': label,
  'services.*.build.secrets.*': grant,
  'services.*.build.ssh': sshKeys,
  'services.*.command': words,
  'services.*.configs.*': grant,
  'services.*.depends_on': dependencies,
  'services.*.deploy.labels': keyedMap,
  'services.*.deploy.labels.*': label,
  'services.*.deploy.resources.reservations.devices.*': deviceRequest,
  'services.*.develop.watch.*.exec.command': words,
  'services.*.develop.watch.*.exec.environment': keyedMap,
  'services.*.develop.watch.*.exec.environment.*': text,
  'services.*.develop.watch.*.ignore': list,
  'services.*.develop.watch.*.include': list,
  'services.*.devices.*': deviceMapping,
  'services.*.dns': list,
  'services.*.dns_search': list,
  'services.*.entrypoint': words,
  'services.*.env_file': envFiles,
  'services.*.env_file.*': envFile,
  'services.*.environment': keyedMap,
  'services.*.environment.*': text,
  'services.*.expose.*': text,
  'services.*.extra_hosts': hostList,
  'services.*.gpus': gpuRequests,
  'services.*.gpus.*': deviceRequest,
  'services.*.group_add.*': text,
  'services.*.healthcheck.test': healthTest,
  'services.*.label_file': list,
  'services.*.labels': keyedMap,
  'services.*.labels.*': label,
  'services.*.logging.options.*': options,
  'services.*.models': names,
  'services.*.networks': names,
  'services.*.networks.*.driver_opts.*': options,
  'services.*.ports': portList,
  'services.*.post_start.*.command': words,
  'services.*.post_start.*.environment': keyedMap,
  'services.*.post_start.*.environment.*': text,
  'services.*.pre_start.*.command': words,
  'services.*.pre_start.*.environment': keyedMap,
  'services.*.pre_start.*.environment.*': text,
  'services.*.pre_stop.*.command': words,
  'services.*.pre_stop.*.environment': keyedMap,
  'services.*.pre_stop.*.environment.*': text,
  'services.*.provider.options.*': (node) => asList(node) ?? node,
  'services.*.provider.options.*.*': text,
  'services.*.secrets.*': grant,
  'services.*.storage_opt.*': options,
  'services.*.sysctls': keyedMap,
  'services.*.sysctls.*': label,
  'services.*.tmpfs': list,
  'services.*.volumes.*': volumeMount,
  'services.*.volumes.*.volume.labels': keyedMap,
  'services.*.volumes.*.volume.labels.*': label,
  'networks.*': externalName,
  'networks.*.driver_opts.*': options,
  'networks.*.labels': keyedMap,
  'networks.*.labels.*': label,
  'volumes.*': externalName,
  'volumes.*.driver_opts.*': options,
  'volumes.*.labels': keyedMap,
  'volumes.*.labels.*': label,
  'configs.*': externalName,
  'configs.*.labels': keyedMap,
  'configs.*.labels.*': label,
  'secrets.*': externalName,
  'secrets.*.driver_opts.*': options,
  'secrets.*.labels': keyedMap,
  'secrets.*.labels.*': label,
};

const rules = ruleTree(table);
