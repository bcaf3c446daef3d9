import { readText } from '../host/files.ts';
import { fileFacts } from '../host/files-now.ts';
import type { ContainerPaths } from './paths.ts';

/** How and when a container ended. */
export interface ContainerExit {
  readonly exitCode: number;
  /** Nanoseconds since 1970. */
  readonly finishedNs: bigint;
  /** The kernel killed a process of it for want of memory. */
  readonly oomKilled: boolean;
}

/** Reads what conmon wrote at the end of the container; undefined while it runs. */
export function readExit(paths: Pick<ContainerPaths, 'exitFile' | 'folder'>): ContainerExit | undefined {
  const text = readText(paths.exitFile);
  const facts = fileFacts(paths.exitFile);
  if (text === undefined || facts === undefined || !/^-?\d+\s*$/.test(text)) return undefined;
  return {
    exitCode: Number(text),
    finishedNs: facts.modifiedNs,
    oomKilled: fileFacts(`${paths.folder}/oom`) !== undefined,
  };
}
