import { fileIdentity } from '../host/file-identity.ts';

/**
 * What a change of the file behind a secret or config is seen by: its bytes, or what its inode says where they cannot
 * be read. `undefined` when it is not there.
 */
export function grantedFileIdentity(file: string): Buffer | undefined {
  return fileIdentity(file);
}
