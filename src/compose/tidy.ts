import { shapes } from './generated/compose-schema.js';
import type { Shape } from './generated/compose-schema.js';
import type { Entry, Node } from './tree/node.ts';

/**
 * A model without attributes that say nothing: false, 0, '', null and empty collections, except where these mean
 * something else than leaving the attribute out.
 */
export function tidy(model: Node): Node {
  return visit(model, { shape: resolved(''), kept: KEPT_TREE });
}

/** Where an empty value is a value. */
const KEPT = [
  'name',
  'services',
  'services.*.attach',
  'services.*.blkio_config',
  'services.*.build',
  'services.*.command',
  'services.*.configs.*.gid',
  'services.*.configs.*.mode',
  'services.*.configs.*.uid',
  'services.*.container_name',
  'services.*.cpuset',
  'services.*.credential_spec',
  'services.*.depends_on.*.required',
  'services.*.deploy',
  'services.*.deploy.replicas',
  'services.*.deploy.resources.limits',
  'services.*.deploy.resources.reservations',
  'services.*.deploy.restart_policy',
  'services.*.deploy.restart_policy.delay',
  'services.*.deploy.restart_policy.max_attempts',
  'services.*.deploy.restart_policy.window',
  'services.*.deploy.rollback_config',
  'services.*.deploy.rollback_config.parallelism',
  'services.*.deploy.update_config',
  'services.*.deploy.update_config.parallelism',
  'services.*.develop',
  'services.*.entrypoint',
  'services.*.healthcheck',
  'services.*.healthcheck.interval',
  'services.*.healthcheck.retries',
  'services.*.healthcheck.start_interval',
  'services.*.healthcheck.start_period',
  'services.*.healthcheck.timeout',
  'services.*.hostname',
  'services.*.init',
  'services.*.logging',
  'services.*.mem_swappiness',
  'services.*.provider',
  'services.*.scale',
  'services.*.secrets.*.gid',
  'services.*.secrets.*.mode',
  'services.*.secrets.*.uid',
  'services.*.stop_grace_period',
  'services.*.ulimits.*.hard',
  'services.*.ulimits.*.soft',
  'services.*.user',
  'services.*.volumes.*.bind',
  'services.*.volumes.*.bind.create_host_path',
  'services.*.volumes.*.image',
  'services.*.volumes.*.tmpfs',
  'services.*.volumes.*.tmpfs.mode',
  'services.*.volumes.*.volume',
  'networks.*.enable_ipv4',
  'networks.*.enable_ipv6',
];

interface Kept {
  readonly below: Map<string, Kept>;
  kept: boolean;
}

const KEPT_TREE = keptTree();

function keptTree(): Kept {
  const root: Kept = { below: new Map(), kept: true };
  for (const pattern of KEPT) {
    let at = root;
    for (const segment of pattern.split('.')) {
      const next = at.below.get(segment) ?? { below: new Map<string, Kept>(), kept: false };
      at.below.set(segment, next);
      at = next;
    }
    at.kept = true;
  }
  return root;
}

interface Place {
  readonly shape: Exclude<Shape, string>;
  readonly kept: Kept | undefined;
}

function visit(node: Node, { shape, kept }: Place): Node {
  if (node.kind === 'scalar') return node;
  if (node.kind === 'sequence') {
    const { items: itemShape } = shape;
    if (itemShape === undefined) return node;
    const place = { shape: resolved(itemShape), kept: kept?.below.get('*') };
    return { ...node, items: node.items.map((item) => visit(item, place)) };
  }
  const entries = new Map<string, Entry>();
  for (const [name, { key, value }] of node.entries) {
    const known = shape.keys?.[name];
    const next = known ?? shape.any;
    const below = kept?.below.get(known === undefined ? '*' : name);
    const tidied = next === undefined ? value : visit(value, { shape: resolved(next), kept: below });
    const isCreateHostPath = name === 'create_host_path' && tidied.kind === 'scalar' && tidied.value === true;
    if (known !== undefined && (isCreateHostPath || (saysNothing(tidied) && !meansSomething(tidied, below))))
      continue;
    entries.set(name, { key, value: tidied });
  }
  return { ...node, entries };
}

/** A model without `x-` attributes, except those of the file itself. Names such as `services.x-ray` are no attributes. */
export function withoutExtensions(model: Node): Node {
  return strip(model, { shape: resolved(''), top: true });
}

function strip(node: Node, { shape, top = false }: { shape: Exclude<Shape, string>; top?: boolean }): Node {
  if (node.kind === 'scalar') return node;
  if (node.kind === 'sequence') {
    const { items: itemShape } = shape;
    if (itemShape === undefined) return node;
    return { ...node, items: node.items.map((item) => strip(item, { shape: resolved(itemShape) })) };
  }
  const entries = new Map<string, Entry>();
  for (const [name, { key, value }] of node.entries) {
    const next = shape.keys?.[name] ?? shape.any;
    if (!top && shape.keys !== undefined && next === undefined && name.startsWith('x-')) continue;
    entries.set(name, { key, value: next === undefined ? value : strip(value, { shape: resolved(next) }) });
  }
  return { ...node, entries };
}

function saysNothing(node: Node): boolean {
  if (node.kind === 'map') return node.entries.size === 0;
  if (node.kind === 'sequence') return node.items.length === 0;
  return (
    node.value === null || node.value === false || node.value === '' || node.value === 0 || node.value === '0'
  );
}

/** Null is never kept: to say nothing on purpose is to say nothing. */
function meansSomething(node: Node, kept: Kept | undefined): boolean {
  return kept?.kept === true && !(node.kind === 'scalar' && node.value === null);
}

function resolved(shape: Shape): Exclude<Shape, string> {
  const found = typeof shape === 'string' ? shapes[shape] : shape;
  return found === undefined || typeof found === 'string' ? {} : found;
}
