import type { Project } from '../model/compose.ts';
import type { Cause, Plan } from '../model/plan.ts';
import { PlanBuilder } from './builder.ts';
import { decideService, type ServiceDecision } from './decide.ts';
import { dependencyGraph, orderedServices, type DependencyGraph } from './dependencies.ts';
import { imageMissing, noImage } from './errors.ts';
import { isOneOff, serviceOf } from './labels.ts';
import { addressOf, imagesOf } from './names.ts';
import { addVolumes, decideNetworks, type NetworkDecision } from './objects.ts';
import type { ObservedContainer } from './observed.ts';
import type { UpInput } from './request.ts';
import { UpEmitter } from './up-emitter.ts';

/**
 * What must happen so that the services run as the project says: networks and volumes first, then containers in
 * dependency order, with every start and every wait an operation of its own.
 * @throws {ComposeError} DEPENDENCY_CYCLE, IMAGE_UNNAMED, SCALE_CONTAINER_NAME
 * @throws {HostError} IMAGE_MISSING, NETWORK_EXTERNAL_MISSING, VOLUME_EXTERNAL_MISSING
 */
export function planUp(input: UpInput): Plan {
  const { project, request } = input;
  const graph = dependencyGraph(project.model);
  const services = orderedServices({
    project,
    graph,
    wanted: request.services,
    withDependencies: !request.noDeps,
  });
  const builder = new PlanBuilder(project.name);
  const networks = decideNetworks(input, services).map((network) =>
    keepWhatOthersUse({ input, builder, network, services }),
  );
  const decided = decideServices({ input, graph, services, networks });
  checkImages(input, [...decided.values()]);
  const orphans = orphansOf(input);
  const emitter = new UpEmitter({ input, graph, builder, networks, decided });
  emitter.networks(request.removeOrphans ? orphans : []);
  emitter.volumes(addVolumes(input, builder, services));
  for (const service of services) emitter.service(service);
  if (request.removeOrphans) {
    for (const orphan of orphans) {
      emitter.removal(orphan, { text: `service ${serviceOf(orphan)} is not in the files` });
    }
  } else {
    for (const orphan of orphans) builder.note({ text: orphanText(orphan) });
  }
  emitter.linkRestarts();
  return builder.finish();
}

/** Containers of the project whose service the files no longer have. Services that a profile leaves out are no orphans. */
export function orphansOf(input: {
  readonly project: Project;
  readonly observed: { readonly containers: readonly ObservedContainer[] };
}): ObservedContainer[] {
  const { project, observed } = input;
  const known = new Set([...Object.keys(project.model.services), ...project.disabledServices]);
  return observed.containers.filter((container) => !known.has(serviceOf(container)) && !isOneOff(container));
}

function orphanText(orphan: ObservedContainer): string {
  const { name, key } = addressOf(orphan);
  const day = orphan.created.slice(0, 10);
  return `orphan container ${name}: service ${key} is not in the files (made on ${day}); --remove-orphans removes it`;
}

function decideServices(about: {
  input: UpInput;
  graph: DependencyGraph;
  services: readonly string[];
  networks: readonly NetworkDecision[];
}): Map<string, ServiceDecision> {
  const { input, graph, services, networks } = about;
  const renewedNetworks = new Map<string, Cause>();
  for (const { key, verdict, cause } of networks) {
    if (verdict === 'recreate') renewedNetworks.set(key, cause);
  }
  const wanted = input.request.services;
  const named = new Set(wanted.length > 0 ? wanted : services);
  const decided = new Map<string, ServiceDecision>();
  for (const service of services) {
    decided.set(service, decideService({ input, graph, decided, renewedNetworks, named }, service));
  }
  return decided;
}

/** A changed network is made anew only when nothing outside this run is attached to it. */
function keepWhatOthersUse(about: {
  input: UpInput;
  builder: PlanBuilder;
  network: NetworkDecision;
  services: readonly string[];
}): NetworkDecision {
  const { input, builder, network, services } = about;
  if (network.verdict !== 'recreate') return network;
  const other = input.observed.containers.find(
    (container) => network.name in container.networks && !services.includes(serviceOf(container)),
  );
  if (!other) return network;
  const text = `${network.cause.text}: kept as it is, since ${other.name} is attached and not part of this run`;
  builder.note({ ...network.cause, text });
  return { ...network, verdict: 'unchanged', cause: { text: 'in use' } };
}

function checkImages(input: UpInput, decisions: readonly ServiceDecision[]): void {
  const { project, observed } = input;
  const missing: { service: string; image: string }[] = [];
  for (const { service, replicas } of decisions) {
    const needsImage = replicas.some(({ verdict }) => verdict === 'create' || verdict === 'recreate');
    const model = project.model.services[service] ?? {};
    if (!needsImage) continue;
    if (model.image === undefined) throw noImage(project, service);
    for (const image of new Set(imagesOf(model))) {
      if (observed.images[image] === undefined) missing.push({ service, image });
    }
  }
  const [first, ...others] = missing;
  if (first) throw imageMissing({ project, ...first, others });
}
