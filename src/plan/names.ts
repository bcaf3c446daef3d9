import type { ComposeModel, Project, ServiceModel } from '../model/compose.ts';
import type { ResourceAddress } from '../model/plan.ts';
import type { ObservedContainer } from './observed.ts';
import { serviceOf } from './labels.ts';

export function containerName(input: { project: Project; service: string; number: number }): string {
  const { project, service, number } = input;
  return project.model.services[service]?.container_name ?? joinedName(project, service, String(number));
}

/** `shop-web-1`; with `--compatibility` `shop_web_1`. */
export function joinedName(project: Project, ...parts: readonly string[]): string {
  return [project.name, ...parts].join(project.separator ?? '-');
}

/** The image of a service; one that is built gets a name of its own where the file gives none. Empty: none. */
export function imageOf(project: Project, service: string): string {
  const model = project.model.services[service];
  return model?.image ?? (model?.build ? `${project.name}-${service}` : '');
}

export function networkName(project: Project, key: string): string {
  const network = project.model.networks?.[key];
  return network?.name ?? (network?.external ? key : `${project.name}_${key}`);
}

export function volumeName(project: Project, key: string): string {
  const volume = project.model.volumes?.[key];
  return volume?.name ?? (volume?.external ? key : `${project.name}_${key}`);
}

/** Replicas that the file asks for. */
export function replicasOf(service: ServiceModel): number {
  const replicas = service.deploy?.['replicas'];
  return service.scale ?? (typeof replicas === 'number' ? replicas : 1);
}

/** Images that a service needs: its own, those of its `pre_start` hooks, and those that it mounts. */
export function imagesOf(service: ServiceModel): string[] {
  const mounted = (service.volumes ?? []).flatMap(({ type, source }) => (type === 'image' ? [source] : []));
  const all = [service.image, ...(service.pre_start ?? []).map(({ image }) => image), ...mounted];
  return all.filter((image) => image !== undefined);
}

/** Keys of the networks a service joins, in the order of the file. */
export function networkKeysOf(service: ServiceModel): string[] {
  return service.network_mode === undefined ? Object.keys(service.networks ?? {}) : [];
}

/** Keys of the named volumes a service mounts. */
export function volumeKeysOf(model: ComposeModel, service: ServiceModel): string[] {
  const sources = (service.volumes ?? [])
    .filter((mount) => mount.type === 'volume')
    .map((mount) => mount.source ?? '');
  return [...new Set(sources.filter((source) => model.volumes?.[source] !== undefined))];
}

export function addressOf(container: ObservedContainer): ResourceAddress {
  return { kind: 'container', name: container.name, key: serviceOf(container) };
}
