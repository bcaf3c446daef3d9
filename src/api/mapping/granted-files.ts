import type { GrantedFile } from '../../model/container.ts';
import { badRequest } from '../errors.ts';
import type { BodyReader } from './body-reader.ts';

/** `BerthFiles`: secrets and configs to keep in memory. Docker's API has no such field; our own client sends it. */
export function grantedFiles(body: BodyReader): GrantedFile[] {
  const files = body.objects('BerthFiles').map((file) => {
    const source = file.text('Source');
    return {
      target: file.text('Target'),
      ...(source !== '' && { source }),
      ...(file.has('UID') && { uid: file.number('UID') }),
      ...(file.has('GID') && { gid: file.number('GID') }),
      ...(file.has('Mode') && { mode: file.number('Mode') }),
    };
  });
  const seen = new Set<string>();
  for (const { target } of files) {
    if (!target.startsWith('/')) throw badRequest(`BerthFiles: '${target}' is no absolute path`);
    if (seen.has(target)) throw badRequest(`Duplicate mount point: ${target}`);
    seen.add(target);
  }
  return files;
}
