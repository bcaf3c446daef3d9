import type { ComposePath, ComposeWarning, Project } from '../../model/compose.ts';
import { ComposeError } from '../../model/errors.ts';
import type { SourceRange } from '../../model/source.ts';
import { allowedAt } from '../validate/schema-mistakes.ts';
import { frameFor } from '../places.ts';
import { descend, ruleTree } from '../tree/rules.ts';
import { missedKeys } from './own-keys.ts';
import { supportTable } from './table.ts';
import type { Support } from './table.ts';

export type { Support } from './table.ts';

const tree = ruleTree(supportTable);

/**
 * What becomes of the attribute at a path: `['services', 'web', 'ports', 0, 'mode']`. An attribute without a fate of
 * its own has that of the nearest one above it; `x-` attributes are done.
 */
export function supportFor(path: ComposePath): Support {
  let support: Support = { fate: 'done', reason: '' };
  let at = descend(tree, path[0] ?? '');
  for (const segment of path.slice(1)) {
    support = at?.rule ?? support;
    at = descend(at, segment);
  }
  return at?.rule ?? support;
}

/** Mount types and service values that only some engines know. */
const valueChecks: readonly ValueCheck[] = [
  {
    applies: (path) => path[0] === 'services' && path[2] === 'logging' && path[3] === 'driver',
    refuses: (value) => !['json-file', 'local'].includes(String(value)),
    reason: 'logs are kept by the engine all the same, for `berth logs`',
    fate: 'warn',
  },
  {
    applies: (path) => path[0] === 'services' && path[2] === 'userns_mode' && path.length === 3,
    refuses: (value) => !['host', ''].includes(String(value)),
    reason: 'containers share the user namespace of the host, as with `host`',
    fate: 'warn',
  },
  {
    applies: (path) => path[0] === 'services' && path[2] === 'devices' && path.length === 4,
    refuses: (value) => typeof value === 'string' && !value.startsWith('/'),
    reason: 'only devices of this machine can be given, by their path; there is no CDI',
  },
  {
    applies: (path) =>
      path[0] === 'services' && path[2] === 'volumes' && path.at(-1) === 'type' && path.length === 5,
    refuses: (value) => !['bind', 'volume', 'tmpfs', 'image'].includes(String(value)),
    reason: 'only bind, volume, tmpfs and image can be mounted',
  },
  {
    applies: (path) => path[0] === 'networks' && path.at(-1) === 'driver' && path.length === 3,
    refuses: (value) =>
      !['bridge', 'default', 'host', 'none', 'null', 'macvlan', 'ipvlan', 'overlay'].includes(String(value)),
    reason: 'only the drivers bridge and macvlan exist',
  },
  {
    applies: (path) => path[0] === 'networks' && path.at(-1) === 'driver' && path.length === 3,
    refuses: (value) => value === 'ipvlan',
    reason:
      'the driver ipvlan does not exist: macvlan puts containers on the LAN, a bridge with `com.docker.network.bridge.gateway_mode_ipv4: routed` gives them addresses that it routes to',
  },
  {
    applies: (path) => path[0] === 'networks' && path.at(-1) === 'driver' && path.length === 3,
    refuses: (value) => value === 'overlay',
    reason: 'an overlay joins several machines and Berth runs on one: leave the driver out to get a bridge',
  },
  {
    applies: (path) => path[0] === 'volumes' && path.at(-1) === 'driver' && path.length === 3,
    refuses: (value) => !['local', 'default'].includes(String(value)),
    reason: 'only the local driver exists',
  },
];

interface ValueCheck {
  readonly applies: (path: ComposePath) => boolean;
  readonly refuses: (value: unknown) => boolean;
  readonly reason: string;
  readonly fate?: 'warn';
}

/** What a project uses and Berth can't run, with places; what it runs differently as warnings. */
export function checkSupport(project: Project): { errors: ComposeError[]; warnings: ComposeWarning[] } {
  const findings: Finding[] = [];
  visit(project.model, { path: [], findings });
  const errors: ComposeError[] = [];
  const warnings: ComposeWarning[] = [];
  for (const { path, support } of findings) {
    const at = project.at(path);
    const place = path.join('.');
    if (support.fate === 'refused')
      errors.push(unsupported(place, { reason: support.reason, at, frame: frameFor(project, path) }));
    else warnings.push({ code: 'COMPOSE_DIFFERENT', text: `${place}: ${support.reason}`, ...(at && { at }) });
  }
  return { errors, warnings: [...warnings, ...missedKeys(project)] };
}

interface Finding {
  readonly path: ComposePath;
  readonly support: Support;
}

function unsupported(
  place: string,
  { reason, at, frame }: { reason: string; at: SourceRange | undefined; frame: string | undefined },
): ComposeError {
  return new ComposeError('COMPOSE_UNSUPPORTED', `${place} can not be run: ${reason}`, {
    at,
    frame,
    hint: 'remove the attribute, or override it in a second file with `!reset`; `berth config` takes it either way',
  });
}

/** Attributes of typed objects only: what users call their variables and labels has no fate. */
function visit(value: unknown, { path, findings }: { path: ComposePath; findings: Finding[] }): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) visit(item, { path: [...path, index], findings });
    return;
  }
  const known = valueChecks.find((check) => check.applies(path) && check.refuses(value));
  if (known) findings.push({ path, support: { fate: known.fate ?? 'refused', reason: known.reason } });
  if (typeof value !== 'object' || value === null) return;
  const attributes = new Set(allowedAt(path));
  for (const [key, child] of Object.entries(value)) {
    if (attributes.size > 0 && !attributes.has(key)) continue;
    const below = [...path, key];
    const own = attributes.has(key) ? ownSupport(below) : undefined;
    if (own && own.fate !== 'done') findings.push({ path: below, support: own });
    if (own?.fate !== 'refused') visit(child, { path: below, findings });
  }
}

/** A fate is told once, at the attribute that has it. */
function ownSupport(path: ComposePath): Support | undefined {
  let at = descend(tree, path[0] ?? '');
  for (const segment of path.slice(1)) at = descend(at, segment);
  return at?.rule;
}
