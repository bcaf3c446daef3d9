import { watch } from 'node:fs';

export interface FolderWatch {
  close(): void;
}

/**
 * Calls `onChange` with the name of each entry of a folder that appears or goes (`rename`) or changes (`change`), as the kernel tells it
 * (inotify). One call may stand for several changes. The watch keeps the process alive until it is closed.
 */
export function watchFolder(
  path: string,
  onChange: (name: string, kind: 'rename' | 'change') => void,
): FolderWatch {
  const watcher = watch(path, (kind, name) => {
    if (name !== null) onChange(name, kind);
  });
  // A folder that is removed while it is watched ends the watch, nothing more.
  watcher.on('error', () => undefined);
  return { close: () => watcher.close() };
}
