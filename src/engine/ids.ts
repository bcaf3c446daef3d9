import { createHash, randomBytes } from 'node:crypto';

/** Where ids come from: random for the work, made from names for a preview, so that its text is stable. */
export interface Ids {
  /** 64 hexadecimal digits. */
  readonly id: (kind: string, name: string) => string;
}

export const randomIds: Ids = { id: () => randomBytes(32).toString('hex') };

export const previewIds: Ids = {
  id: (kind, name) => createHash('sha256').update(`${kind}\0${name}`).digest('hex'),
};
