import { HostError } from '../model/errors.ts';
import { PolledTree } from './polled-tree.ts';
import { TreeWatch, type TreeWatchOptions } from './tree-watch.ts';

/** A tree of files that is watched. */
export type WatchedTree = Pick<TreeWatch, 'folderCount' | 'filesBelow' | 'close'>;

/**
 * Watches by the kernel's word; by looking again and again where `BERTH_WATCH=poll` asks for that, and where the kernel
 * has no watches left, which `onLimit` is told.
 */
export async function openTree(
  options: TreeWatchOptions & { readonly onLimit: (error: HostError) => void },
): Promise<WatchedTree> {
  if (process.env['BERTH_WATCH'] === 'poll') return PolledTree.open(options);
  try {
    return new TreeWatch(options);
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== 'WATCH_LIMIT') throw error;
    options.onLimit(error);
    return PolledTree.open(options);
  }
}
