import { fileFacts } from '../host/files-now.ts';
import { pathInRoot } from '../host/rooted-path.ts';
import type { OciProcess } from './oci-types.ts';

export interface ExecFailure {
  /** Docker's words. */
  readonly reason: string;
  /** 127: there is no such program; 126: it cannot be run. */
  readonly exitCode: 126 | 127;
}

/**
 * Looks for the program of a process in the tree at `root` before a runtime is bothered, as the runtimes mix their
 * own words into the output of the process. Undefined when nothing speaks against it.
 */
export function whyNotExecutable(
  root: string,
  process: Pick<OciProcess, 'args' | 'env' | 'cwd'>,
): ExecFailure | undefined {
  const [program = ''] = process.args;
  const folder = fileFacts(pathInRoot(root, process.cwd));
  if (folder?.kind !== 'folder') {
    const why = folder === undefined ? 'no such file or directory' : 'not a directory';
    return { reason: `chdir to cwd ("${process.cwd}") set in config.json failed: ${why}`, exitCode: 126 };
  }
  const found = candidatesFor(program, process).map((path) => fileFacts(pathInRoot(root, path)));
  const files = found.filter((facts) => facts !== undefined && facts.kind !== 'folder');
  if (files.some((facts) => facts !== undefined && (facts.mode & 0o111) !== 0)) return undefined;
  if (found.every((facts) => facts === undefined) || !program.includes('/')) return notFound(program);
  return {
    reason: `exec: "${program}": ${files.length > 0 ? 'permission denied' : 'is a directory'}`,
    exitCode: 126,
  };
}

function notFound(program: string): ExecFailure {
  const why = program.includes('/')
    ? `stat ${program}: no such file or directory`
    : 'executable file not found in $PATH';
  return { reason: `exec: "${program}": ${why}`, exitCode: 127 };
}

function candidatesFor(program: string, { env, cwd }: Pick<OciProcess, 'env' | 'cwd'>): string[] {
  if (program.startsWith('/')) return [program];
  if (program.includes('/')) return [`${cwd}/${program}`];
  const path = env.find((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? '';
  return path
    .split(':')
    .map((folder) => `${folder.startsWith('/') ? folder : `${cwd}/${folder}`}/${program}`);
}
