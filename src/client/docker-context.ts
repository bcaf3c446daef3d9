import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { readJson } from '../host/files.ts';
import { HostError } from '../model/errors.ts';

/** What `docker context create` stores. */
interface ContextMeta {
  readonly Endpoints?: { readonly docker?: { readonly Host?: string } };
}

/**
 * The address that a context of the docker CLI stands for; undefined for `default`, which stands for none.
 * @throws {HostError} DOCKER_CONTEXT_UNKNOWN
 */
export function addressOfContext(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (name === '' || name === 'default') return undefined;
  const folder = `${environment['DOCKER_CONFIG'] || `${environment['HOME'] || homedir()}/.docker`}/contexts/meta`;
  // The store calls each folder by the digest of the name.
  const id = createHash('sha256').update(name).digest('hex');
  const host = readJson<ContextMeta>(`${folder}/${id}/meta.json`)?.Endpoints?.docker?.Host;
  if (host) return host;
  throw new HostError('DOCKER_CONTEXT_UNKNOWN', `there is no docker context "${name}" in ${folder}`, {
    hint: '`docker context ls` shows those there are; unset DOCKER_CONTEXT to use an engine of Berth.',
  });
}
