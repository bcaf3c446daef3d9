import type { ImageRecord } from '../model/image.ts';
import type { Core } from './core.ts';
import { nowNs } from './time.ts';

/**
 * Tells everyone who listens that something happened to an image. `name` is what it was called; without one, its id
 * stands there, as Docker has it.
 */
export function publishImageEvent(
  core: Core,
  image: Pick<ImageRecord, 'id' | 'config'>,
  { action, name = image.id }: { readonly action: string; readonly name?: string },
): void {
  core.events.publish({
    type: 'image',
    action,
    id: image.id,
    attributes: { ...image.config.labels, name },
    timeNs: nowNs(),
  });
}
