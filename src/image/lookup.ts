import type { ImageRecord } from '../model/image.ts';
import { imageAmbiguous } from './errors.ts';
import { familiarReference, fullDigest, idPrefix, parseReference, type Reference } from './references.ts';

/** What a text names among images. */
export interface Found {
  readonly image: ImageRecord | undefined;
  /** Familiar; undefined when the text was an id. */
  readonly reference: string | undefined;
}

/**
 * By id, reference, `name@digest`, or the unique start of an id, in this order, as Docker looks it up.
 * Throws EngineError REFERENCE_INVALID, IMAGE_AMBIGUOUS.
 */
export function lookUp(images: readonly ImageRecord[], text: string): Found {
  const id = fullDigest(text);
  if (id !== undefined) return { image: images.find((image) => image.id === id), reference: undefined };
  const prefix = idPrefix(text);
  if (prefix === undefined || !text.startsWith('sha256:')) {
    const reference = parseReference(text);
    const image = byReference(images, reference);
    if (image || prefix === undefined) return { image, reference: familiarReference(reference) };
  }
  return { image: byPrefix(images, prefix), reference: undefined };
}

function byReference(images: readonly ImageRecord[], reference: Reference): ImageRecord | undefined {
  const { name, digest } = reference;
  const wanted = digest === undefined ? familiarReference(reference) : `${name}@${digest}`;
  return images.find((image) => image.references.includes(wanted) || image.repoDigests.includes(wanted));
}

function byPrefix(images: readonly ImageRecord[], prefix: string): ImageRecord | undefined {
  const found = images.filter((image) => image.id.startsWith(`sha256:${prefix}`));
  const ids = found.map((image) => image.id);
  if (ids.length > 1) throw imageAmbiguous(prefix, ids);
  return found[0];
}
