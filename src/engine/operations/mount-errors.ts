import { EngineError } from '../../model/errors.ts';
import type { PathKind } from './step-context.ts';

export function bindSourceMissing(source: string): EngineError {
  const text = `invalid mount config for type "bind": bind source path does not exist: ${source}`;
  return new EngineError(400, 'MOUNT_SOURCE_MISSING', text, {
    hint: 'make it first, or let it be made as a folder: `create_host_path: true`',
  });
}

export function fileToBindMissing(source: string, target: string): EngineError {
  const text = `${source} is not there, and ${target} is a file in the image: a folder made in its place would not fit`;
  return new EngineError(400, 'MOUNT_KINDS_DIFFER', text, {
    hint: 'create the file first, or correct the path',
  });
}

export function kindsDiffer(of: {
  readonly source: string;
  readonly target: string;
  readonly there: PathKind;
  readonly inside: PathKind;
}): EngineError {
  const { source, target, there, inside } = of;
  const text = `${source} is a ${there}, and ${target} is a ${inside} in the image: one cannot be mounted on the other`;
  const hint =
    there === 'folder'
      ? `${source} may be the folder that was made when the file was missing; put the file there, or correct the path`
      : 'name a file as the target, or mount the folder that the file lies in';
  return new EngineError(400, 'MOUNT_KINDS_DIFFER', text, { hint });
}
