import type { ContainerRecord } from '../model/container.ts';
import type { NetworkRecord } from '../model/network.ts';
import type { Core } from './core.ts';
import { nowNs } from './time.ts';

/** Tells everyone who listens that something happened to a container, with the attributes Docker gives. */
export function publishContainerEvent(
  core: Core,
  container: ContainerRecord,
  action: string,
  attributes: Readonly<Record<string, string>> = {},
): void {
  core.events.publish({
    type: 'container',
    action,
    id: container.id,
    attributes: {
      ...container.process.labels,
      image: container.spec.image,
      name: container.spec.name,
      ...attributes,
    },
    timeNs: nowNs(),
  });
}

/** Tells that a container came onto a network, or left it. */
export function publishAttachment(
  core: Core,
  about: {
    readonly action: 'connect' | 'disconnect';
    readonly network: NetworkRecord;
    readonly container: ContainerRecord;
  },
): void {
  const { action, network, container } = about;
  core.events.publish({
    type: 'network',
    action,
    id: network.id,
    attributes: { container: container.id, name: network.spec.name, type: network.spec.driver },
    timeNs: nowNs(),
  });
}

/** The same of all networks of a container, as it starts or has ended. */
export function publishAttachments(
  core: Core,
  container: ContainerRecord,
  action: 'connect' | 'disconnect',
): void {
  for (const { networkId } of container.endpoints) {
    const network = core.state.networks.get(networkId);
    if (network) publishAttachment(core, { action, network, container });
  }
}

/** Tells that a container names volumes, takes them into use, or gave them up. */
export function publishVolumeUses(
  core: Core,
  container: ContainerRecord,
  action: 'create' | 'mount' | 'unmount',
): void {
  for (const { type, name, target, readOnly } of container.mounts) {
    if (type !== 'volume') continue;
    const use = { destination: target, propagation: '', 'read/write': String(!readOnly) };
    core.events.publish({
      type: 'volume',
      action,
      id: name,
      attributes: {
        driver: 'local',
        ...(action !== 'create' && { container: container.id }),
        ...(action === 'mount' && use),
      },
      timeNs: nowNs(),
    });
  }
}
