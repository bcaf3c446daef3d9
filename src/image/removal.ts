import type { ImageRecord } from '../model/image.ts';
import { imageConflict } from './errors.ts';
import { parseReference } from './references.ts';

/** Who uses images: container ids by image id. */
export interface ImageUse {
  /** All containers, running or not. */
  readonly inUse: (imageId: string) => readonly string[];
  /** Those that run; without it none is known to. */
  readonly running?: (imageId: string) => readonly string[];
}

export interface RemovalRequest extends ImageUse {
  /** The familiar reference that was asked for; undefined when it was an id. */
  readonly reference: string | undefined;
  readonly force: boolean;
}

export interface Removal {
  readonly untag: readonly string[];
  /** The image goes with its names. */
  readonly remove: boolean;
}

/**
 * What removing an image does, by Docker's rules: a name of several is only taken off; the last name, or the id, takes
 * the image with it, unless a container uses it. By force, an image that stopped containers use loses its names and
 * stays until they are gone, because its layers are theirs. Throws EngineError IMAGE_IN_USE in Docker's words.
 */
export function planRemoval(image: ImageRecord, request: RemovalRequest): Removal {
  const { reference } = request;
  if (reference !== undefined) return planByName(image, { ...request, reference });
  return planById(image, request);
}

function planByName(image: ImageRecord, request: RemovalRequest & { reference: string }): Removal {
  const { reference } = request;
  if (image.references.length > 1) return { untag: [reference], remove: false };
  const [container] = request.inUse(image.id);
  if (container !== undefined && !request.force) {
    throw imageConflict(
      `unable to remove repository reference "${reference}" (must force) - container ${short(container)} is using its referenced image ${shortId(image)}`,
      `Remove the container first: berth rm, or docker rm ${short(container)}.`,
    );
  }
  return { untag: [reference], remove: container === undefined };
}

function planById(image: ImageRecord, request: RemovalRequest): Removal {
  const [running] = request.running?.(image.id) ?? [];
  if (running !== undefined) {
    throw deleteConflict(
      image,
      'cannot be forced',
      `image is being used by running container ${short(running)}`,
    );
  }
  const repositories = new Set(image.references.map((reference) => parseReference(reference).fullName));
  if (repositories.size > 1 && !request.force) {
    throw deleteConflict(image, 'must be forced', 'image is referenced in multiple repositories');
  }
  const [stopped] = request.inUse(image.id);
  if (stopped !== undefined && !request.force) {
    throw deleteConflict(
      image,
      'must be forced',
      `image is being used by stopped container ${short(stopped)}`,
    );
  }
  return { untag: image.references, remove: stopped === undefined };
}

function deleteConflict(image: ImageRecord, how: string, why: string): Error {
  return imageConflict(
    `unable to delete ${shortId(image)} (${how}) - ${why}`,
    how === 'must be forced'
      ? 'Remove what uses it first, or use force.'
      : 'Stop and remove the container first.',
  );
}

function short(id: string): string {
  return id.slice(0, 12);
}

function shortId(image: ImageRecord): string {
  return image.id.slice('sha256:'.length, 'sha256:'.length + 12);
}
