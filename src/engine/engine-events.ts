import type { ContainerRecord } from '../model/container.ts';
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
