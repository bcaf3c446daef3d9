import { run } from '../host/exec.ts';
import { fileFacts } from '../host/file-chunks.ts';
import { makeFolder } from '../host/files.ts';
import { mount, spawnInPrivateMounts } from '../host/mounts.ts';
import { MS_RDONLY } from '../host/kernel.ts';
import { pathInRoot } from '../host/rooted-path.ts';

/**
 * Copies the content of the folder at `path` in an image to `target`, with owners, modes and attributes; nothing when
 * there is no such folder. The layers are seen through overlayfs, so that what a higher layer hides stays hidden, in a
 * mount namespace that ends with the copying: a crash leaves no mount. `scratch` is a free name for a folder.
 */
export async function copyFromLayers(options: {
  readonly layers: readonly string[];
  readonly path: string;
  readonly target: string;
  readonly scratch: string;
}): Promise<void> {
  const { layers, path, target, scratch } = options;
  if (layers.length === 0) return;
  const [merged, empty] = [`${scratch}/merged`, `${scratch}/empty`];
  await makeFolder(merged, 0o700);
  await makeFolder(empty, 0o700);
  // Without an upper folder overlayfs wants two lower ones, neither inside of the other; an empty tmpfs adds nothing.
  const lower = [...layers, empty].map(escapeOption).join(':');
  await spawnInPrivateMounts<Promise<unknown>>({
    hideUnified: false,
    prepare: () => {
      mount({ source: 'tmpfs', target: empty, type: 'tmpfs' });
      mount({
        source: 'overlay',
        target: merged,
        type: 'overlay',
        flags: MS_RDONLY,
        data: `lowerdir=${lower}`,
      });
    },
    spawn: async () => {
      const from = pathInRoot(merged, path);
      if (fileFacts(from)?.kind === 'folder') await run(['cp', '-a', '--', `${from}/.`, target]);
    },
  });
}

function escapeOption(folder: string): string {
  return folder.replace(/[\\:,]/g, '\\$&');
}
