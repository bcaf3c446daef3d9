import type { ImageRecord } from '../model/image.ts';
import type { TakenImage } from './import.ts';

/** Names that an image gets. */
export type ImageNames = Pick<TakenImage, 'references' | 'repoDigest'>;

/** The record with these names added. */
export function named(record: ImageRecord, { references, repoDigest }: ImageNames): ImageRecord {
  const digests = repoDigest === undefined ? [] : [repoDigest];
  return {
    ...record,
    references: [...new Set([...record.references, ...references])],
    repoDigests: [...new Set([...record.repoDigests, ...digests])],
    lastTagTime: new Date().toISOString(),
  };
}

/** What `docker load` says of an image. */
export function loadedLines(id: string, references: readonly string[]): string[] {
  if (references.length === 0) return [`Loaded image ID: ${id}`];
  return references.map((reference) => `Loaded image: ${reference}`);
}

/** What `docker load` says of a name that another image had. */
export function lostNameLine(name: string, id: string): string {
  return `The image ${name} already exists, renaming the old one with ID ${id} to empty string`;
}
