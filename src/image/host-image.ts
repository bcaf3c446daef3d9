import type { ImageRecord } from '../model/image.ts';
import { ownPlatform } from './archive-images.ts';
import { sha256Of } from './blobs.ts';
import type { LentImage } from './build/base-store.ts';
import { HOST_DIFF_ID } from './host-layer.ts';
import { EMPTY_CONFIG, writeImageConfig } from './image-config.ts';

export const HOST_REFERENCE = 'berth/host:latest';

/** `berth/host`: the machine's own root filesystem, read through overlayfs. The same id on every machine and start. */
export const HOST_IMAGE: ImageRecord = {
  id: sha256Of(HOST_REFERENCE),
  references: [HOST_REFERENCE],
  repoDigests: [],
  created: '1970-01-01T00:00:00Z',
  architecture: ownPlatform().slice('linux/'.length),
  os: 'linux',
  author: '',
  sizeBytes: 0,
  config: {
    ...EMPTY_CONFIG,
    env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    command: ['/bin/sh'],
  },
  diffIds: [],
  hostRootfs: true,
  history: [
    {
      created: '1970-01-01T00:00:00Z',
      createdBy: 'the root filesystem of this machine',
      empty: true,
      comment: '',
    },
  ],
};

/** As a builder sees it: one layer, which stands for the machine's files. */
export function lentHost(): LentImage {
  const [entry] = HOST_IMAGE.history;
  const history = entry ? [{ ...entry, empty: false }] : [];
  const config = writeImageConfig({ ...HOST_IMAGE, diffIds: [HOST_DIFF_ID], history });
  return { id: HOST_IMAGE.id, config, diffIds: [HOST_DIFF_ID], folders: ['/'] };
}
