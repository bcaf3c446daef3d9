import { createHash, scryptSync } from 'node:crypto';
import { frameFor } from '../compose/places.ts';
import { grantedFileIdentity } from '../compose/granted-file.ts';
import type { ComposePath, FileObjectModel, Project, ServiceModel } from '../model/compose.ts';
import { ComposeError } from '../model/errors.ts';
import type { GrantedContent } from '../model/granted-content.ts';
import { mapOf, numberOf, textOf } from './values.ts';

/** A secret or config that a service is granted, as one file of its containers. */
export interface Grant {
  readonly kind: 'secrets' | 'configs';
  /** Its key at the top level of the file. */
  readonly source: string;
  readonly target: string;
  readonly object: FileObjectModel;
  /** Absent: that of a `file:`, root otherwise. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** Absent: that of a `file:`, 0444 otherwise. */
  readonly mode: number | undefined;
}

/** `HostConfig` knows no such thing: how our own engine is asked for a file in memory. Its content goes another way. */
export interface GrantedFileBody {
  readonly Target: string;
  readonly Source?: string;
  readonly UID?: number;
  readonly GID?: number;
  readonly Mode?: number;
}

/** Every grant of a service. Throws ComposeError COMPOSE_GRANT_INVALID. */
export function grantsOf(project: Project, service: ServiceModel): Grant[] {
  return [...grantsOfKind(project, service, 'configs'), ...grantsOfKind(project, service, 'secrets')];
}

/** The grants that are a file of this machine, shown in the container as it is. */
export function boundGrants(project: Project, service: ServiceModel): { source: string; target: string }[] {
  return grantsOf(project, service).flatMap(({ object, target }) =>
    object.file === undefined ? [] : [{ source: object.file, target }],
  );
}

/** The files that our engine is to keep in memory: with owners or permissions of their own, or without a file behind. */
export function grantedFileBodies(project: Project, service: ServiceModel): GrantedFileBody[] | undefined {
  const bodies = grantsOf(project, service).filter(isInMemory).map(bodyOf);
  return bodies.length > 0 ? bodies : undefined;
}

/**
 * What the engine is handed beside the description of a container: the contents of `environment:` and `content:`.
 * Throws ComposeError COMPOSE_GRANT_UNSET.
 */
export function grantedContents(project: Project, service: ServiceModel): GrantedContent[] {
  return grantsOf(project, service).flatMap((grant) =>
    grant.object.file === undefined
      ? [
          {
            target: grant.target,
            content: contentOf(project, grant),
            uid: grant.uid ?? 0,
            gid: grant.gid ?? 0,
            mode: grant.mode ?? 0o444,
          },
        ]
      : [],
  );
}

/**
 * The project with a digest of each secret and config that a service is granted, by which a change of the content is
 * seen. A secret's is slow to compute on purpose: labels keep it, and a short password must not be guessed from it.
 * Throws ComposeError COMPOSE_GRANT_FILE, COMPOSE_GRANT_UNSET, COMPOSE_GRANT_INVALID.
 */
export function withGrantDigests(
  project: Project,
  services: readonly string[] = Object.keys(project.model.services),
): Project {
  const digests = new Map<string, string>();
  for (const name of services) {
    const service = project.model.services[name] ?? {};
    for (const grant of grantsOf(project, service)) {
      const key = `${grant.kind}.${grant.source}`;
      if (!digests.has(key)) digests.set(key, digestOf(project, grant, key));
    }
  }
  return digests.size === 0 ? project : { ...project, grantDigests: Object.fromEntries(digests) };
}

function grantsOfKind(project: Project, service: ServiceModel, kind: Grant['kind']): Grant[] {
  const grants = (Array.isArray(service[kind]) ? service[kind] : []) as unknown[];
  return grants.flatMap((item) => {
    const grant = mapOf(item) ?? { source: item };
    const source = textOf(grant['source']) ?? '';
    const object = project.model[kind]?.[source];
    if (!object || object.external) return [];
    const wanted = textOf(grant['target']) ?? source;
    const folder = kind === 'secrets' ? '/run/secrets/' : '/';
    return [
      {
        kind,
        source,
        object,
        target: wanted.startsWith('/') ? wanted : folder + wanted,
        uid: ownerNumber(project, { kind, source, field: 'uid', value: grant['uid'] }),
        gid: ownerNumber(project, { kind, source, field: 'gid', value: grant['gid'] }),
        mode: modeOf(grant['mode']),
      },
    ];
  });
}

function isInMemory({ object, uid, gid, mode }: Grant): boolean {
  return object.file === undefined || uid !== undefined || gid !== undefined || mode !== undefined;
}

function bodyOf({ object, target, uid, gid, mode }: Grant): GrantedFileBody {
  return {
    Target: target,
    ...(object.file !== undefined && { Source: object.file }),
    ...(uid !== undefined && { UID: uid }),
    ...(gid !== undefined && { GID: gid }),
    ...(mode !== undefined && { Mode: mode }),
  };
}

function contentOf(project: Project, { kind, source, object }: Grant): Buffer {
  if (object.content !== undefined) return Buffer.from(object.content);
  const name = object.environment ?? '';
  const value = project.environment[name] ?? project.grantVariables?.[name];
  if (value !== undefined) return Buffer.from(value);
  const word = kind === 'secrets' ? 'secret' : 'config';
  throw mistake(project, [kind, source, 'environment'], {
    code: 'COMPOSE_GRANT_UNSET',
    message: `environment variable "${name}" required by ${word} "${source}" is not set`,
    hint: `export ${name}, or set it in .env`,
  });
}

function digestOf(project: Project, grant: Grant, name: string): string {
  const { object } = grant;
  const content =
    object.file === undefined ? contentOf(project, grant) : fileIdentity(project, grant, object.file);
  if (grant.kind === 'configs') return createHash('sha256').update(content).digest('hex').slice(0, 16);
  return scryptSync(content, `berth ${project.name} ${name}`, 16, { N: 4096, r: 8, p: 1 }).toString('hex');
}

/** The bytes of a file; of a folder, or of a file that only root may read, what its inode says. */
function fileIdentity(project: Project, { kind, source }: Grant, file: string): Buffer {
  const found = grantedFileIdentity(file);
  if (found) return found;
  const word = kind === 'secrets' ? 'secret' : 'config';
  throw mistake(project, [kind, source, 'file'], {
    code: 'COMPOSE_GRANT_FILE',
    message: `${word} file not found: ${file}`,
    hint: 'create the file, or correct the path',
  });
}

function ownerNumber(
  project: Project,
  about: { kind: string; source: string; field: string; value: unknown },
): number | undefined {
  const { kind, source, field, value } = about;
  if (value === undefined || value === null || value === '') return undefined;
  const number = numberOf(value);
  if (number !== undefined && Number.isInteger(number) && number >= 0 && number < 2 ** 32 - 1) return number;
  throw mistake(project, [kind, source], {
    code: 'COMPOSE_GRANT_INVALID',
    message: `${kind}.${source}: ${field} ${JSON.stringify(value)} is no number`,
    hint: 'names are known only inside of an image; give the number, as `id -u NAME` there prints it',
  });
}

/** `"0440"`: octal digits. */
function modeOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^[0-7]+$/.test(value) ? Number.parseInt(value, 8) : undefined;
}

function mistake(
  project: Project,
  path: ComposePath,
  { code, message, hint }: { code: string; message: string; hint: string },
): ComposeError {
  return new ComposeError(code, message, { hint, at: project.at(path), frame: frameFor(project, path) });
}
