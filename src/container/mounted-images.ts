import { makeFolderNow } from '../host/files.ts';
import { fileFacts } from '../host/files-now.ts';
import { MS_RDONLY } from '../host/kernel.ts';
import { mount } from '../host/mounts.ts';
import { pathInRoot } from '../host/rooted-path.ts';
import type { MountPoint } from '../model/container.ts';
import { imageSubpathMissing } from './errors.ts';

/** An image whose files a container sees, read-only. */
export interface MountedImage {
  readonly target: string;
  /** Lower folders, highest first. */
  readonly layers: readonly string[];
  /** Empty: all of it. */
  readonly subpath: string;
}

/**
 * Puts images together below the bundle, in the mount namespace that the thread is in, and gives the mounts of the
 * container the places where they lie. Throws EngineError VOLUME_SUBPATH_MISSING.
 */
export function placeImages(
  mounts: readonly MountPoint[],
  { images, bundle }: { readonly images: readonly MountedImage[]; readonly bundle: string },
): MountPoint[] {
  const places = new Map(
    images.map((image, index) => [image.target, place(image, `${bundle}/image-${index}`)]),
  );
  return mounts.map((point) => {
    const source = point.type === 'image' ? places.get(point.target) : undefined;
    return source === undefined ? point : { ...point, source, readOnly: true };
  });
}

function place({ layers, subpath }: MountedImage, folder: string): string {
  // Without an upper folder overlayfs wants two lower ones; an empty tmpfs adds nothing.
  const [merged, empty] = [`${folder}/merged`, `${folder}/empty`];
  for (const each of [folder, merged, empty]) makeFolderNow(each, 0o700);
  mount({ source: 'berth', target: empty, type: 'tmpfs', data: 'size=4k' });
  const lower = [...layers, empty].map((layer) => layer.replace(/[\\:,]/g, '\\$&')).join(':');
  mount({ source: 'overlay', target: merged, type: 'overlay', flags: MS_RDONLY, data: `lowerdir=${lower}` });
  const source = pathInRoot(merged, subpath);
  if (!fileFacts(source)) throw imageSubpathMissing(subpath);
  return source;
}
