import { isAbsolute, join } from 'node:path';
import { readFileBounded } from '../host/text-files.ts';
import type { Project } from '../model/compose.ts';
import { ComposeError } from '../model/errors.ts';

const PROFILE_BYTES_MAX = 1 << 20;

/** The text of a seccomp profile; a relative path starts at the project's folder. Throws ComposeError COMPOSE_PROFILE_FILE. */
export function readProfile(project: Project, file: string): string {
  const path = isAbsolute(file) ? file : join(project.workingDir, file);
  const read = readFileBounded(path, PROFILE_BYTES_MAX);
  if (read.kind === 'bytes') return read.bytes.toString('utf8');
  throw new ComposeError('COMPOSE_PROFILE_FILE', `opening seccomp profile ${path} failed`, {
    hint: 'correct the path of `security_opt: [seccomp=FILE]`; it starts at the folder of the project',
  });
}
