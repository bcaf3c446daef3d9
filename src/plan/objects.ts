import type { Project } from '../model/compose.ts';
import type { Cause, ResourceAddress } from '../model/plan.ts';
import type { Draft, PlanBuilder } from './builder.ts';
import { decodeDefinition, digestOf, objectDefinition } from './definition.ts';
import { changesBetween, formatChanges } from './difference.ts';
import { externalNetworkMissing, externalVolumeMissing } from './errors.ts';
import { label } from './labels.ts';
import { networkKeysOf, networkName, volumeKeysOf, volumeName } from './names.ts';
import type { ObservedNetwork } from './observed.ts';
import type { UpInput } from './request.ts';

/** What will become of one network of the file. */
export interface NetworkDecision {
  readonly key: string;
  readonly name: string;
  readonly verdict: 'create' | 'recreate' | 'unchanged';
  readonly cause: Cause;
}

/**
 * Decides about the networks that the services use. External ones are looked for and never made.
 * @throws {HostError} NETWORK_EXTERNAL_MISSING
 */
export function decideNetworks(input: UpInput, services: readonly string[]): NetworkDecision[] {
  const { project } = input;
  const users = firstUsers(services, (service) => networkKeysOf(project.model.services[service] ?? {}));
  const keys = Object.keys(project.model.networks ?? {}).filter((key) => users.has(key));
  return keys.map((key) => decideNetwork(input, key, users.get(key) ?? ''));
}

/** Adds the operations that make the missing volumes; returns them by key. Existing volumes are left as they are. */
export function addVolumes(
  input: UpInput,
  builder: PlanBuilder,
  services: readonly string[],
): Map<string, Draft> {
  const { project, observed, bodies } = input;
  const users = firstUsers(services, (service) =>
    volumeKeysOf(project.model, project.model.services[service] ?? {}),
  );
  const drafts = new Map<string, Draft>();
  for (const key of Object.keys(project.model.volumes ?? {}).filter((name) => users.has(name))) {
    const name = volumeName(project, key);
    const found = observed.volumes.find((volume) => volume.name === name);
    const resource: ResourceAddress = { kind: 'volume', name, key };
    if (found) {
      builder.change({ resource, verdict: 'unchanged', cause: { text: 'it exists' } });
      noteChangedVolume({ input, builder, key, labels: found.labels });
      continue;
    }
    if (project.model.volumes?.[key]?.external) throw externalVolumeMissing({ project, key, name });
    const cause = causeAt(project, 'not there yet', ['volumes', key]);
    builder.change({ resource, verdict: 'create', cause });
    const detail = { kind: 'create-volume', body: bodies.volume(key) } as const;
    drafts.set(key, builder.add({ resource, detail, cause }));
  }
  return drafts;
}

function firstUsers(services: readonly string[], keysOf: (service: string) => string[]): Map<string, string> {
  const users = new Map<string, string>();
  for (const service of services) {
    for (const key of keysOf(service)) if (!users.has(key)) users.set(key, service);
  }
  return users;
}

function decideNetwork(input: UpInput, key: string, service: string): NetworkDecision {
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

function noteChangedVolume(about: {
  input: UpInput;
  builder: PlanBuilder;
  key: string;
  labels: Readonly<Record<string, string>>;
}): void {
  const { project } = about.input;
  const volume = project.model.volumes?.[about.key];
  const definition = objectDefinition(volume);
  const hash = about.labels[label.configHash];
  if (volume?.external || hash === undefined || hash === digestOf(definition)) return;
  const changes = changesBetween(decodeDefinition(about.labels[label.definition]) ?? {}, definition);
  const text =
    `volume ${about.key} is kept as it is, though its definition changed (${formatChanges(changes)}); ` +
    `to make it anew, with its data lost: berth volume rm ${volumeName(project, about.key)}`;
  about.builder.note(causeAt(project, text, ['volumes', about.key]));
}

function causeAt(project: Project, text: string, path: readonly (string | number)[]): Cause {
  const at = project.at(path);
  return at ? { text, at } : { text };
}
