import { child, isNull, mapFrom, scalar, textOf, withKey, withKeys } from './tree/node.ts';
import type { Entry, MapNode, Node, Scalar } from './tree/node.ts';
import type { Environment } from './environment/project-environment.ts';

/**
 * Says what is meant but not written: the default network, names on the host, dependencies that follow from other
 * attributes, values of build arguments.
 */
export function normalise(
  model: MapNode,
  { name, environment }: { name: string; environment: Environment },
): MapNode {
  const services = normaliseServices(model, environment);
  const withNetworks = withDefaultNetwork(
    services === undefined ? model : withKey(model, 'services', services),
  );
  return withNames(withNetworks, name);
}

function normaliseServices(model: MapNode, environment: Environment): MapNode | undefined {
  const services = child(model, 'services');
  if (services?.kind !== 'map') return undefined;
  const entries = new Map<string, Entry>();
  for (const [key, entry] of services.entries) {
    const { value } = entry;
    entries.set(
      key,
      value.kind === 'map' ? { key: entry.key, value: normaliseService(value, environment) } : entry,
    );
  }
  return { ...services, entries };
}

function normaliseService(service: MapNode, environment: Environment): MapNode {
  let result = withImplicitDependencies(withImplicitNetwork(service));
  const policy = child(result, 'pull_policy');
  if (policy !== undefined && textOf(policy) === 'if_not_present') {
    result = withKey(result, 'pull_policy', { ...policy, ...scalar('missing', policy.mark) });
  }
  const build = child(result, 'build');
  return build?.kind === 'map' ? withKey(result, 'build', withBuildArgs(build, environment)) : result;
}

/** A service that says nothing about networks is on the default one. */
function withImplicitNetwork(service: MapNode): MapNode {
  const networks = child(service, 'networks');
  const names = networks?.kind === 'map' ? networks.entries.size : 0;
  // An empty mode, from an empty variable, is no mode.
  const hasMode = Boolean(textOf(service, 'network_mode'));
  if (names > 0 || hasMode || child(service, 'provider') !== undefined) return service;
  return withKey(service, 'networks', mapFrom({ default: null }, networks?.mark ?? service.mark));
}

function withDefaultNetwork(model: MapNode): MapNode {
  const services = child(model, 'services');
  const networks = child(model, 'networks');
  if (services?.kind !== 'map' || child(networks, 'default') !== undefined) return model;
  const users = [...services.entries.values()].map(({ value }) => child(value, 'networks'));
  const user = users.find((used) => used?.kind === 'map' && used.entries.has('default'));
  if (user === undefined) return model;
  const base = networks?.kind === 'map' ? networks : mapFrom({}, user.mark);
  return withKey(model, 'networks', withKey(base, 'default', mapFrom({}, user.mark)));
}

/** Who uses a part of another service can't start before it. */
function withImplicitDependencies(service: MapNode): MapNode {
  const wanted = new Map<string, { readonly values: Record<string, Scalar>; readonly from: Node }>();
  const restarting = { condition: 'service_started', restart: true, required: true };
  for (const item of itemsOf(child(service, 'links'))) {
    wanted.set(textOf(item)?.split(':', 1)[0] ?? '', { values: restarting, from: item });
  }
  for (const key of ['network_mode', 'ipc', 'pid', 'uts', 'cgroup']) {
    const mode = child(service, key);
    const target = textOf(mode);
    if (mode !== undefined && target?.startsWith('service:'))
      wanted.set(target.slice(8), { values: restarting, from: mode });
  }
  for (const item of itemsOf(child(service, 'volumes_from'))) {
    const target = textOf(item) ?? '';
    if (target.startsWith('container:')) continue;
    const values = { condition: 'service_started', restart: false, required: true };
    wanted.set(target.split(':', 1)[0] ?? '', { values, from: item });
  }
  return addDependencies(service, wanted);
}

function addDependencies(
  service: MapNode,
  wanted: ReadonlyMap<string, { readonly values: Record<string, Scalar>; readonly from: Node }>,
): MapNode {
  const present = child(service, 'depends_on');
  let dependencies = present?.kind === 'map' ? present : undefined;
  for (const [name, { values, from }] of wanted) {
    if (name === '' || dependencies?.entries.has(name)) continue;
    dependencies = withKey(dependencies ?? mapFrom({}, from.mark), name, mapFrom(values, from.mark));
  }
  return dependencies === undefined || dependencies === present
    ? service
    : withKey(service, 'depends_on', dependencies);
}

function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === 'sequence' ? node.items : [];
}

/** A build argument without a value is taken from the environment, and dropped when it is not there. */
function withBuildArgs(build: MapNode, environment: Environment): MapNode {
  const args = child(build, 'args');
  if (args?.kind !== 'map') return build;
  const values: Record<string, Node | undefined> = {};
  for (const [name, { value }] of args.entries) {
    if (!isNull(value)) continue;
    const found = environment.get(name);
    values[name] = found && { ...scalar(found.value, value.mark), variables: [{ name, ...found }] };
  }
  return withKey(build, 'args', withKeys(args, values));
}

/** What has no name of its own is called `project_key`; what is external is called as its key says. */
function withNames(model: MapNode, project: string): MapNode {
  let result = model;
  for (const kind of ['networks', 'volumes', 'configs', 'secrets']) {
    const objects = child(result, kind);
    if (objects?.kind !== 'map') continue;
    const entries = new Map<string, Entry>();
    for (const [key, entry] of objects.entries)
      entries.set(key, { key: entry.key, value: named(entry.value, key, project) });
    result = withKey(result, kind, { ...objects, entries });
  }
  return result;
}

function named(node: Node, key: string, project: string): Node {
  const object = isNull(node) ? mapFrom({}, node.mark) : node;
  if (object.kind !== 'map' || textOf(object, 'name')) return object;
  const external = child(object, 'external');
  const isExternal = external?.kind === 'scalar' && external.value === true;
  return withKey(object, 'name', scalar(isExternal ? key : `${project}_${key}`, object.mark));
}
