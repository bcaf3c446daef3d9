import type { ServiceModel } from '../model/compose.ts';
import type { Cause } from '../model/plan.ts';
import { buildCause, changesImage } from './builds.ts';
import type { DependencyGraph } from './dependencies.ts';
import { namespaceParents } from './dependencies.ts';
import { changesBetween, formatChanges } from './difference.ts';
import { decodeDefinition, digestOf, serviceDefinition } from './definition.ts';
import { scaleWithContainerName } from './errors.ts';
import { isOneOff, label, numberOf, serviceOf } from './labels.ts';
import { containerName, networkKeysOf, networkName, replicasOf, volumeName } from './names.ts';
import { isRunning, type ObservedContainer } from './observed.ts';
import { hasProvider } from './providers.ts';
import type { UpInput } from './request.ts';

export type ReplicaVerdict = 'create' | 'recreate' | 'start' | 'restart' | 'unchanged';

/** What will become of one replica of a service. */
export interface Replica {
  readonly service: string;
  readonly number: number;
  readonly name: string;
  readonly existing: ObservedContainer | undefined;
  readonly verdict: ReplicaVerdict;
  readonly cause: Cause;
  /** Key of the network that is made anew below it, and that it joins again as it is. */
  readonly rejoins?: string | undefined;
}

export interface ServiceDecision {
  readonly service: string;
  readonly replicas: readonly Replica[];
  /** Too many for the wanted scale. */
  readonly surplus: readonly ObservedContainer[];
}

/** What deciding about one service needs to know of the decisions before it. */
export interface DecisionContext {
  readonly input: UpInput;
  readonly graph: DependencyGraph;
  /** Decisions about the services this one depends on are in here already. */
  readonly decided: ReadonlyMap<string, ServiceDecision>;
  /** Network key → why the network itself is made anew. */
  readonly renewedNetworks: ReadonlyMap<string, Cause>;
  /** Volume key → why the volume itself is made anew. */
  readonly renewedVolumes: ReadonlyMap<string, Cause>;
  /** Services that `--force-recreate` and `--no-deps` are about, rather than their dependencies. */
  readonly named: ReadonlySet<string>;
}

/** Decides for every replica of a service, in the order of their numbers. */
export function decideService(context: DecisionContext, service: string): ServiceDecision {
  const { project, observed, request } = context.input;
  const model = project.model.services[service] ?? {};
  const wanted = hasProvider(model) ? 0 : (request.scale?.[service] ?? replicasOf(model));
  if (wanted > 1 && model.container_name !== undefined) throw scaleWithContainerName(project, service);
  const existing = observed.containers
    .filter((container) => serviceOf(container) === service && !isOneOff(container))
    .map((container) => ({ container, stale: staleCause(context, service, container) }))
    .sort((a, b) => numberOf(a.container) - numberOf(b.container));
  const kept = keepFor(wanted, existing);
  const surplus = existing.filter((item) => !kept.includes(item)).map((item) => item.container);
  const replicas = kept.map(({ container, stale }) => ({
    service,
    number: numberOf(container),
    name: containerName({ project, service, number: numberOf(container) }),
    existing: container,
    ...verdictFor({ context, service, container, stale }),
  }));
  const taken = new Set(replicas.map((replica) => replica.number));
  return { service, replicas: [...replicas, ...newReplicas(context, service, { wanted, taken })], surplus };
}

/**
 * The replicas that stay: those that are up to date first, then those with the lowest numbers. A recreate that was
 * cut off leaves two of one number; one of them stays.
 */
function keepFor<T extends { container: ObservedContainer; stale: Cause | undefined }>(
  wanted: number,
  existing: readonly T[],
): T[] {
  const byWorth = [...existing].sort(
    (a, b) =>
      Number(a.stale !== undefined) - Number(b.stale !== undefined) ||
      numberOf(a.container) - numberOf(b.container) ||
      Number(isRunning(b.container)) - Number(isRunning(a.container)),
  );
  const byNumber = new Map<number, T>();
  for (const item of byWorth) {
    const number = numberOf(item.container);
    if (byNumber.size < wanted && !byNumber.has(number)) byNumber.set(number, item);
  }
  const kept = new Set(byNumber.values());
  return existing.filter((item) => kept.has(item));
}

function newReplicas(
  context: DecisionContext,
  service: string,
  have: { wanted: number; taken: Set<number> },
): Replica[] {
  const { project } = context.input;
  const replicas: Replica[] = [];
  for (let number = 1; have.taken.size < have.wanted; number += 1) {
    if (have.taken.has(number)) continue;
    have.taken.add(number);
    replicas.push({
      service,
      number,
      name: containerName({ project, service, number }),
      existing: undefined,
      verdict: 'create',
      cause: withPosition(context, { text: 'not there yet', path: ['services', service] }),
    });
  }
  return replicas;
}

function verdictFor(about: {
  context: DecisionContext;
  service: string;
  container: ObservedContainer;
  stale: Cause | undefined;
}): Pick<Replica, 'verdict' | 'cause' | 'rejoins'> {
  const { context, service, container, stale } = about;
  if (stale) return { verdict: 'recreate', cause: stale };
  const rejoins = networkToRejoin(context, service, container);
  const renewed = context.renewedNetworks.get(rejoins ?? '');
  if (renewed && isRunning(container)) return { verdict: 'restart', cause: renewed, rejoins };
  if (!isRunning(container)) {
    if (isFinishedOneShot(context, service, container)) {
      return {
        verdict: 'unchanged',
        cause: { text: 'done, exit 0; not run again until it changes' },
        rejoins,
      };
    }
    return { verdict: 'start', cause: { text: stoppedText(container) }, rejoins };
  }
  const restart = restartCause(context, service);
  return restart
    ? { verdict: 'restart', cause: restart }
    : { verdict: 'unchanged', cause: { text: 'up to date' } };
}

function stoppedText(container: ObservedContainer): string {
  if (container.status === 'created') return 'created, not started yet';
  return container.exitCode === undefined ? `it is ${container.status}` : `it exited (${container.exitCode})`;
}

/** Why a container can't stay as it is; `undefined` when it can. */
function staleCause(
  context: DecisionContext,
  service: string,
  container: ObservedContainer,
): Cause | undefined {
  const { request } = context.input;
  if (request.noRecreate) return undefined;
  const isNamed = context.named.has(service);
  if (request.forceRecreate && isNamed) return { text: 'asked for by --force-recreate' };
  if (request.alwaysRecreateDeps && !isNamed) return { text: 'asked for by --always-recreate-deps' };
  return (
    definitionCause(context, service, container) ??
    imageCause(context, service, container) ??
    mountedImageCause(context, service, container) ??
    networkCause(context, service, container) ??
    volumeCause(context, service, container) ??
    namespaceCause(context, service)
  );
}

function definitionCause(
  context: DecisionContext,
  service: string,
  container: ObservedContainer,
): Cause | undefined {
  const { project } = context.input;
  const model = project.model.services[service] ?? {};
  const definition = serviceDefinition(project, model);
  if (container.labels[label.configHash] === digestOf(definition)) return undefined;
  const before = decodeDefinition(container.labels[label.definition]);
  if (!before) return { text: 'its configuration is not known: another tool made it' };
  const changes = changesBetween(before, definition);
  return withPosition(context, {
    text: formatChanges(changes),
    path: ['services', service, ...(changes[0]?.path ?? [])],
  });
}

function imageCause(
  context: DecisionContext,
  service: string,
  container: ObservedContainer,
): Cause | undefined {
  const { project, observed } = context.input;
  const built = changesImage(observed, service) ? buildCause(context.input, service) : undefined;
  if (built) return built;
  const reference = project.model.services[service]?.image ?? '';
  const imageId = observed.images[reference];
  if (imageId === undefined || imageId === container.imageId) return undefined;
  return withPosition(context, {
    text: `image ${reference}: ${shortId(container.imageId)} → ${shortId(imageId)}`,
    path: ['services', service, 'image'],
  });
}

/** A mounted image that is another one by now, or will be when this run has built it. */
function mountedImageCause(
  context: DecisionContext,
  service: string,
  container: ObservedContainer,
): Cause | undefined {
  const { project, observed } = context.input;
  const { services } = project.model;
  for (const [index, mount] of (services[service]?.volumes ?? []).entries()) {
    const { type, source = '', target } = mount;
    if (type !== 'image') continue;
    const builder = Object.keys(services).find((name) => services[name]?.image === source);
    const isBuilt = builder !== undefined && changesImage(observed, builder);
    const built = isBuilt ? buildCause(context.input, builder) : undefined;
    if (built) return built;
    const mounted = container.mounts.find((candidate) => candidate.target === target)?.name;
    const wanted = observed.images[source];
    if (!mounted || wanted === undefined || mounted === wanted) continue;
    const text = `image ${source} at ${target}: ${shortId(mounted)} → ${shortId(wanted)}`;
    return withPosition(context, { text, path: ['services', service, 'volumes', index] });
  }
  return undefined;
}

function networkCause(
  context: DecisionContext,
  service: string,
  container: ObservedContainer,
): Cause | undefined {
  const { project, observed } = context.input;
  const rejoins = networkToRejoin(context, service, container);
  for (const key of networkKeysOf(project.model.services[service] ?? {})) {
    const renewed = context.renewedNetworks.get(key);
    if (renewed && key === rejoins) continue;
    if (renewed) return renewed;
    const name = networkName(project, key);
    const wanted = observed.networks.find((network) => network.name === name);
    if (!wanted) return { text: `network ${name} is gone` };
    if (!Object.values(container.networks).includes(wanted.id)) {
      return { text: `it is not on network ${name}` };
    }
  }
  return undefined;
}

/**
 * A container on one network only can stay while that network is made anew: it joins it again. With several, their
 * order in the container would become another.
 */
function networkToRejoin(
  context: DecisionContext,
  service: string,
  container: ObservedContainer,
): string | undefined {
  const [key, ...others] = networkKeysOf(context.input.project.model.services[service] ?? {});
  if (key === undefined || others.length > 0 || Object.keys(container.networks).length !== 1)
    return undefined;
  return context.renewedNetworks.has(key) ? key : undefined;
}

/** A volume that is made anew, or another one than before at some place. */
function volumeCause(
  context: DecisionContext,
  service: string,
  container: ObservedContainer,
): Cause | undefined {
  const { project } = context.input;
  for (const [index, mount] of (project.model.services[service]?.volumes ?? []).entries()) {
    const { type, source = '', target } = mount;
    if (type !== 'volume' || project.model.volumes?.[source] === undefined) continue;
    const renewed = context.renewedVolumes.get(source);
    if (renewed) return renewed;
    const wanted = volumeName(project, source);
    const found = container.mounts.find((candidate) => candidate.target === target);
    if (found?.type !== 'volume' || found.name === wanted) continue;
    const text = `volume at ${target}: "${found.name}" → "${wanted}"`;
    return withPosition(context, { text, path: ['services', service, 'volumes', index] });
  }
  return undefined;
}

function namespaceCause(context: DecisionContext, service: string): Cause | undefined {
  const model: ServiceModel = context.input.project.model.services[service] ?? {};
  for (const { service: parent } of namespaceParents(model)) {
    const isRenewed = context.decided.get(parent)?.replicas.some((replica) => replica.verdict === 'recreate');
    if (isRenewed) return { text: `it shares a namespace of ${parent}, which is recreated` };
  }
  return undefined;
}

function restartCause(context: DecisionContext, service: string): Cause | undefined {
  for (const [name, dependency] of Object.entries(context.graph.get(service) ?? {})) {
    const replicas = context.decided.get(name)?.replicas ?? [];
    const moves = replicas.some(({ verdict }) => verdict === 'recreate' || verdict === 'restart');
    if (dependency.restart && moves) {
      const path = ['services', service, 'depends_on', name];
      return withPosition(context, { text: `depends on ${name} with restart: true`, path });
    }
  }
  return undefined;
}

function isFinishedOneShot(context: DecisionContext, service: string, container: ObservedContainer): boolean {
  const restart = context.input.project.model.services[service]?.restart ?? 'no';
  if (context.input.request.rerun || restart !== 'no') return false;
  if (container.status !== 'exited' || container.exitCode !== 0) return false;
  return [...context.graph.values()].some(
    (dependencies) => dependencies[service]?.condition === 'service_completed_successfully',
  );
}

function withPosition(
  context: DecisionContext,
  cause: { text: string; path: readonly (string | number)[] },
): Cause {
  const at = context.input.project.at(cause.path);
  return at ? { text: cause.text, at } : { text: cause.text };
}

function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}
