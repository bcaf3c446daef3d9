import { lstatSync, readlinkSync } from 'node:fs';
import { isErrno } from './kernel.ts';

const LINKS_MAX = 40;

/**
 * Where `path` leads inside the tree `root`, as a path of the host, when links are followed as a process chrooted
 * there would: absolute links start at `root`, and nothing leads out of it. The last parts need not exist.
 */
export function pathInRoot(root: string, path: string): string {
  const waiting = partsOf(path);
  const done: string[] = [];
  let links = 0;
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
    if (part === '..') {
      done.pop();
      continue;
    }
    const target = linkTarget([root, ...done, part].join('/'));
    if (target === undefined || links >= LINKS_MAX) {
      done.push(part);
      continue;
    }
    links += 1;
    waiting.unshift(...partsOf(target));
    if (target.startsWith('/')) done.length = 0;
  }
  return [root === '/' ? '' : root, ...done].join('/') || '/';
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

function linkTarget(path: string): string | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch (error) {
    if (isErrno(error, 'ENOTDIR', 'ENOENT', 'EACCES', 'ELOOP')) return undefined;
    throw error;
  }
}
