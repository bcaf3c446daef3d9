import { ageText } from '../model/age.ts';
import type { Project } from '../model/compose.ts';
import type { Cause, Plan } from '../model/plan.ts';
import { PlanBuilder } from './builder.ts';
import { buildCause } from './builds.ts';
import { decideService, type ServiceDecision } from './decide.ts';
import { dependencyGraph, orderedServices, type DependencyGraph } from './dependencies.ts';
import { checkDonors, checkHealth, checkNames } from './check.ts';
import { imageMissing, noImage } from './errors.ts';
import { isOneOff, label, serviceOf } from './labels.ts';
import { imagesOf } from './names.ts';
import { addPulls, imagesWanted } from './pulls.ts';
import { decideNetworks, decideVolumes, type ObjectDecision } from './objects.ts';
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
  checkNames(project, services);
  checkHealth(project, services);
  checkDonors(input, services);
  const builder = new PlanBuilder(project.name);
  const networks = decideNetworks(input, services).map((network) =>
    keepWhatOthersUse({ input, builder, object: network, services, isUser: isOn(network.name) }),
  );
  const volumes = decideVolumes(input, builder, services).map((volume) =>
    keepWhatOthersUse({ input, builder, object: volume, services, isUser: hasMounted(volume.name) }),
  );
  const decided = decideServices({ input, graph, services, networks, volumes });
  const pulls = addPulls({ ...input, builder }, pullsWanted(input, [...decided.values()]));
  checkImages(input, [...decided.values()], pulls);
  const orphans = orphansOf(input);
  const emitter = new UpEmitter({ input, graph, builder, networks, decided });
  const leaving = request.removeOrphans ? orphans : [];
  emitter.pulls(pulls);
  emitter.networks(leaving);
  emitter.builds(services);
  emitter.volumes(volumes, leaving);
  for (const service of services) emitter.service(service);
  if (request.removeOrphans) {
    for (const orphan of orphans) {
      emitter.removal(orphan, { text: orphanReason(orphan) });
    }
  } else if (!request.ignoreOrphans) {
    for (const orphan of orphans) builder.note({ text: orphanText(orphan, input.observed.nowMs) });
  }
  noteOtherFolder(input, builder);
  emitter.linkRestarts();
  return builder.finish();
}

/**
 * Containers of the project that nothing asks for: their service is not in the files, or they are one-offs that ended.
 * Services that a profile leaves out are no orphans.
 */
export function orphansOf(input: {
  readonly project: Project;
  readonly observed: { readonly containers: readonly ObservedContainer[] };
}): ObservedContainer[] {
  const { project, observed } = input;
  const known = new Set([...Object.keys(project.model.services), ...project.disabledServices]);
  return observed.containers.filter((container) =>
    isOneOff(container) ? isEnded(container) : !known.has(serviceOf(container)),
  );
}

/** Two folders of one name are one project, which surprises whoever did not mean it. */
function noteOtherFolder({ project, observed }: UpInput, builder: PlanBuilder): void {
  const other = observed.containers
    .map(({ labels }) => labels[label.workingDir])
    .find((folder) => folder !== undefined && folder !== project.workingDir);
  if (other === undefined) return;
  const text = `project ${project.name} was brought up from ${other} before, and this is ${project.workingDir}`;
  builder.note({ text: `${text}; if they are not the same stack, name one of them with -p` });
}

function isEnded(container: ObservedContainer): boolean {
  return container.status === 'exited' || container.status === 'dead';
}

function orphanText(orphan: ObservedContainer, nowMs: number | undefined): string {
  const created = Date.parse(orphan.created);
  const age = nowMs === undefined ? '' : `, made ${ageText((nowMs - created) / 1000)} ago`;
  const reason = `${orphanReason(orphan)}${age}`;
  return `orphan container ${orphan.name}: ${reason}; --remove-orphans removes it`;
}

function orphanReason(orphan: ObservedContainer): string {
  return isOneOff(orphan) ? 'a one-off that ended' : `service ${serviceOf(orphan)} is not in the files`;
}

function decideServices(about: {
  input: UpInput;
  graph: DependencyGraph;
  services: readonly string[];
  networks: readonly ObjectDecision[];
  volumes: readonly ObjectDecision[];
}): Map<string, ServiceDecision> {
  const { input, graph, services } = about;
  const renewedNetworks = renewed(about.networks);
  const renewedVolumes = renewed(about.volumes);
  const wanted = input.request.services;
  const named = new Set(wanted.length > 0 ? wanted : services);
  const decided = new Map<string, ServiceDecision>();
  for (const service of services) {
    decided.set(
      service,
      decideService({ input, graph, decided, renewedNetworks, renewedVolumes, named }, service),
    );
  }
  return decided;
}

function renewed(objects: readonly ObjectDecision[]): Map<string, Cause> {
  const again = objects.filter(({ verdict }) => verdict === 'recreate');
  return new Map(again.map(({ key, cause }) => [key, cause]));
}

function isOn(network: string): (container: ObservedContainer) => boolean {
  return ({ networks }) => network in networks;
}

function hasMounted(volume: string): (container: ObservedContainer) => boolean {
  return ({ mounts }) => mounts.some(({ type, name }) => type === 'volume' && name === volume);
}

/** A changed network or volume is made anew only when nothing outside this run uses it. */
function keepWhatOthersUse(about: {
  input: UpInput;
  builder: PlanBuilder;
  object: ObjectDecision;
  services: readonly string[];
  isUser: (container: ObservedContainer) => boolean;
}): ObjectDecision {
  const { input, builder, object, services, isUser } = about;
  if (object.verdict !== 'recreate') return object;
  const other = input.observed.containers.find(
    (container) => isUser(container) && !services.includes(serviceOf(container)),
  );
  if (!other) return object;
  const text = `${object.cause.text}: kept as it is, since ${other.name} uses it and is not part of this run`;
  builder.note({ ...object.cause, text });
  return { ...object, verdict: 'unchanged', cause: { text: 'in use' } };
}

/** Images that containers are made of, and those that are here and may be old. */
function pullsWanted(
  { project, observed }: UpInput,
  decisions: readonly ServiceDecision[],
): readonly { service: string; image: string }[] {
  return decisions.flatMap((decision) =>
    imagesWanted(project, [decision.service]).filter(
      ({ image }) => observed.images[image] !== undefined || needsImages(decision),
    ),
  );
}

function needsImages({ replicas }: ServiceDecision): boolean {
  return replicas.some(({ verdict }) => verdict === 'create' || verdict === 'recreate');
}

function checkImages(
  input: UpInput,
  decisions: readonly ServiceDecision[],
  pulls: ReadonlyMap<string, unknown>,
): void {
  const { project, observed } = input;
  const missing: { service: string; image: string }[] = [];
  for (const decision of decisions) {
    const { service } = decision;
    const model = project.model.services[service] ?? {};
    if (!needsImages(decision)) continue;
    if (model.image === undefined) throw noImage(project, service);
    for (const image of new Set(imagesOf(model))) {
      const isBuilt = image === model.image && buildCause(input, service) !== undefined;
      if (observed.images[image] === undefined && !pulls.has(image) && !isBuilt)
        missing.push({ service, image });
    }
  }
  const [first, ...others] = missing;
  if (first) throw imageMissing({ project, ...first, others });
}
