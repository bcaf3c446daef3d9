import type { Environment } from './environment/project-environment.ts';
import { child, isNull, mapOf, textOf, withKey, withoutKey } from './tree/node.ts';
import type { Entry, MapNode, Node } from './tree/node.ts';

/** A model with only the services that are switched on, and the names of the others. */
export interface Selection {
  readonly model: MapNode;
  readonly disabled: readonly string[];
  /** Services that the profiles leave out, as they are written; for messages. */
  readonly disabledServices: ReadonlyMap<string, Node>;
}

/** The profiles asked for: those of `--profile`, else of COMPOSE_PROFILES. */
export function activeProfiles(
  profiles: readonly string[] | undefined,
  environment: Environment,
): ReadonlySet<string> {
  if (profiles !== undefined && profiles.length > 0) return new Set(profiles);
  const listed = environment.get('COMPOSE_PROFILES')?.value.split(',') ?? [];
  return new Set(listed.map((profile) => profile.trim()).filter((profile) => profile !== ''));
}

/**
 * Leaves out the services of which no profile is active. A service that is named on the command line is switched on,
 * and so are its profiles for everyone else.
 */
export function withActiveServices(
  model: MapNode,
  { profiles, named }: { profiles: ReadonlySet<string>; named: readonly string[] },
): Selection {
  const services = child(model, 'services');
  if (services?.kind !== 'map') return { model, disabled: [], disabledServices: new Map() };
  const active = new Set(profiles);
  for (const name of named)
    for (const profile of profilesOf(services.entries.get(name)?.value)) active.add(profile);
  const kept = new Map<string, Entry>();
  const disabledServices = new Map<string, Node>();
  for (const [name, entry] of services.entries) {
    const own = profilesOf(entry.value);
    const enabled =
      own.length === 0 ||
      active.has('*') ||
      own.some((profile) => active.has(profile)) ||
      named.includes(name);
    if (enabled) kept.set(name, entry);
    else disabledServices.set(name, entry.value);
  }
  const withKept = withKey(
    model,
    'services',
    withoutOptional({ ...services, entries: kept }, disabledServices),
  );
  return { model: withKept, disabled: [...disabledServices.keys()], disabledServices };
}

/** The named services and all that they depend on. */
export function withSelectedServices(model: MapNode, named: readonly string[]): MapNode {
  const services = child(model, 'services');
  if (named.length === 0 || services?.kind !== 'map') return model;
  const kept = new Set<string>();
  const queue = [...named];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const service = services.entries.get(name)?.value;
    if (service === undefined || kept.has(name)) continue;
    kept.add(name);
    const dependencies = child(service, 'depends_on');
    if (dependencies?.kind === 'map') queue.push(...dependencies.entries.keys());
  }
  const entries = [...services.entries].filter(([name]) => kept.has(name));
  return withKey(model, 'services', { ...services, ...mapOf(new Map(entries), services.mark) });
}

export function profilesOf(service: Node | undefined): string[] {
  const profiles = child(service, 'profiles');
  return profiles?.kind === 'sequence' ? profiles.items.flatMap((item) => textOf(item) ?? []) : [];
}

/** Dependencies that need not be there are dropped when a profile leaves them out. */
function withoutOptional(services: MapNode, disabled: ReadonlyMap<string, Node>): MapNode {
  if (disabled.size === 0) return services;
  const entries = new Map<string, Entry>();
  for (const [name, entry] of services.entries) {
    const dependencies = child(entry.value, 'depends_on');
    if (entry.value.kind !== 'map' || dependencies?.kind !== 'map') {
      entries.set(name, entry);
      continue;
    }
    let kept: MapNode = dependencies;
    for (const [dependency, { value }] of dependencies.entries) {
      const required = child(value, 'required');
      const optional = required?.kind === 'scalar' && required.value === false;
      if (optional && disabled.has(dependency)) kept = withoutKey(kept, dependency);
    }
    entries.set(name, {
      key: entry.key,
      value: kept === dependencies ? entry.value : withKey(entry.value, 'depends_on', kept),
    });
  }
  return { ...services, entries };
}

/** A model without the networks, volumes, configs, secrets and models that no service uses. */
export function withoutUnused(model: MapNode): MapNode {
  const used = usedObjects(model);
  let result = model;
  for (const [kind, names] of Object.entries(used)) {
    const objects = child(model, kind);
    if (objects?.kind !== 'map') continue;
    const entries = [...objects.entries].filter(([name]) => names.has(name));
    result =
      entries.length === 0
        ? withoutKey(result, kind)
        : withKey(result, kind, { ...objects, ...mapOf(new Map(entries), objects.mark) });
  }
  return result;
}

function usedObjects(model: MapNode): Record<string, Set<string>> {
  const used = {
    networks: new Set<string>(),
    volumes: new Set<string>(),
    configs: new Set<string>(),
    secrets: new Set<string>(),
    models: new Set<string>(),
  };
  const services = child(model, 'services');
  if (services?.kind !== 'map') return used;
  for (const { value: service } of services.entries.values()) {
    for (const name of keysOf(child(service, 'networks'))) used.networks.add(name);
    for (const name of keysOf(child(service, 'models'))) used.models.add(name);
    for (const source of sourcesOf(service, 'configs')) used.configs.add(source);
    for (const source of sourcesOf(service, 'secrets')) used.secrets.add(source);
    for (const source of sourcesOf(child(service, 'build'), 'secrets')) used.secrets.add(source);
    for (const source of sourcesOf(service, 'volumes')) used.volumes.add(source);
  }
  return used;
}

function keysOf(node: Node | undefined): string[] {
  return node?.kind === 'map' && !isNull(node) ? [...node.entries.keys()] : [];
}

function sourcesOf(node: Node | undefined, key: string): string[] {
  const list = child(node, key);
  return list?.kind === 'sequence' ? list.items.flatMap((item) => textOf(item, 'source') ?? []) : [];
}
