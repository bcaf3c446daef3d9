import type { Project } from '../model/compose.ts';
import type { Cause } from '../model/plan.ts';
import type { PlanBuilder } from './builder.ts';
import { decodeDefinition, digestOf, objectDefinition } from './definition.ts';
import { changesBetween, formatChanges } from './difference.ts';
import { externalNetworkMissing, externalVolumeMissing } from './errors.ts';
import { label } from './labels.ts';
import { networkKeysOf, networkName, volumeKeysOf, volumeName } from './names.ts';
import type { ObservedNetwork } from './observed.ts';
import type { UpInput } from './request.ts';

/** What will become of one network or volume of the file. */
export interface ObjectDecision {
  readonly key: string;
  readonly name: string;
  readonly verdict: 'create' | 'recreate' | 'unchanged';
  readonly cause: Cause;
}

/**
 * Decides about the networks that the services use. External ones are looked for and never made.
 * @throws {HostError} NETWORK_EXTERNAL_MISSING
 */
export function decideNetworks(input: UpInput, services: readonly string[]): ObjectDecision[] {
  const { project, request } = input;
  const users = firstUsers(services, (service) => networkKeysOf(project.model.services[service] ?? {}));
  const all = Object.keys(project.model.networks ?? {});
  const keys = all.filter((key) => request.allResources === true || users.has(key));
  return keys.map((key) => decideNetwork(input, key, users.get(key) ?? ''));
}

/**
 * Decides about the volumes that the services use. One whose definition changed stays, with a note, unless the request
 * wants it anew: its data would be lost.
 * @throws {HostError} VOLUME_EXTERNAL_MISSING
 */
export function decideVolumes(
  input: UpInput,
  builder: PlanBuilder,
  services: readonly string[],
): ObjectDecision[] {
  const { project, request } = input;
  const users = firstUsers(services, (service) =>
    volumeKeysOf(project.model, project.model.services[service] ?? {}),
  );
  const all = Object.keys(project.model.volumes ?? {});
  const keys = all.filter((key) => request.allResources === true || users.has(key));
  return keys.map((key) => decideVolume(input, builder, key));
}

function decideVolume(input: UpInput, builder: PlanBuilder, key: string): ObjectDecision {
  const { project, observed, request } = input;
  const name = volumeName(project, key);
  const found = observed.volumes.find((volume) => volume.name === name);
  if (!found) {
    if (project.model.volumes?.[key]?.external) throw externalVolumeMissing({ project, key, name });
    return { key, name, verdict: 'create', cause: causeAt(project, 'not there yet', ['volumes', key]) };
  }
  const changed = changedVolume(project, key, found.labels);
  if (!changed) return { key, name, verdict: 'unchanged', cause: { text: 'it exists' } };
  if (request.renewVolumes) return { key, name, verdict: 'recreate', cause: changed };
  const text = `${changed.text}; it is kept as it is: to make it anew, with its data lost:  berth up -y`;
  builder.note({ ...changed, text });
  return { key, name, verdict: 'unchanged', cause: { text: 'it exists' } };
}

function firstUsers(services: readonly string[], keysOf: (service: string) => string[]): Map<string, string> {
  const users = new Map<string, string>();
  for (const service of services) {
    for (const key of keysOf(service)) if (!users.has(key)) users.set(key, service);
  }
  return users;
}

function decideNetwork(input: UpInput, key: string, service: string): ObjectDecision {
  const { project, observed } = input;
  const name = networkName(project, key);
  const found = observed.networks.find((network) => network.name === name);
  if (project.model.networks?.[key]?.external) {
    if (!found) throw externalNetworkMissing({ project, key, name, service });
    return { key, name, verdict: 'unchanged', cause: { text: 'external' } };
  }
  if (!found) {
    return {
      key,
      name,
      verdict: 'create',
      cause: causeAt(project, 'not there yet', ['networks', key]),
    };
  }
  const changed = changedNetwork(project, key, found);
  return changed
    ? { key, name, verdict: 'recreate', cause: changed }
    : { key, name, verdict: 'unchanged', cause: { text: 'up to date' } };
}

function changedNetwork(project: Project, key: string, found: ObservedNetwork): Cause | undefined {
  const definition = objectDefinition(project.model.networks?.[key]);
  const hash = found.labels[label.configHash];
  if (found.labels[label.project] !== project.name || hash === undefined) return undefined;
  if (hash === digestOf(definition)) return undefined;
  const before = decodeDefinition(found.labels[label.definition]) ?? {};
  const changes = changesBetween(before, definition);
  return causeAt(project, `network ${key}: ${formatChanges(changes)}`, [
    'networks',
    key,
    ...(changes[0]?.path ?? []),
  ]);
}

function changedVolume(
  project: Project,
  key: string,
  labels: Readonly<Record<string, string>>,
): Cause | undefined {
  const volume = project.model.volumes?.[key];
  const definition = objectDefinition(volume);
  const hash = labels[label.configHash];
  if (volume?.external || hash === undefined || hash === digestOf(definition)) return undefined;
  const changes = changesBetween(decodeDefinition(labels[label.definition]) ?? {}, definition);
  const path = ['volumes', key, ...(changes[0]?.path ?? [])];
  return causeAt(project, `volume ${key}: ${formatChanges(changes)}`, path);
}

function causeAt(project: Project, text: string, path: readonly (string | number)[]): Cause {
  const at = project.at(path);
  return at ? { text, at } : { text };
}
