import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { ComposeValue, FileObjectModel, Project, ServiceModel } from '../model/compose.ts';

/** A definition reduced to what decides about a recreate, with keys in a fixed order. */
export type Definition = { readonly [key: string]: ComposeValue };

const withoutEffectOnAContainer = new Set([
  'build',
  'pull_policy',
  'scale',
  'depends_on',
  'profiles',
  'develop',
  'attach',
]);

/** Where the digests of secrets and configs stand in a definition. */
export const GRANTED_FILES = 'x-granted-files';

/** What of a service a running container depends on; files that it is given count by their content's digest. */
export function serviceDefinition(
  project: Pick<Project, 'model' | 'grantDigests'>,
  service: ServiceModel,
): Definition {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(service)) {
    if (!withoutEffectOnAContainer.has(key)) kept[key] = value;
  }
  if (service.deploy) kept['deploy'] = withoutReplicas(service.deploy);
  const files = {
    ...grantedFiles(service, 'configs', project),
    ...grantedFiles(service, 'secrets', project),
  };
  if (Object.keys(files).length > 0) kept[GRANTED_FILES] = files;
  return ordered(kept) as Definition;
}

/** What of a network or volume its kernel object depends on. */
export function objectDefinition(object: object | null | undefined): Definition {
  return ordered({ ...object }) as Definition;
}

export function digestOf(definition: Definition): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex');
}

/** Short text for a label; `decodeDefinition` reads it back. */
export function encodeDefinition(definition: Definition): string {
  return deflateRawSync(JSON.stringify(definition)).toString('base64');
}

/** `undefined` when the text is absent or was not written by `encodeDefinition`. */
export function decodeDefinition(text: string | undefined): Definition | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(inflateRawSync(Buffer.from(text, 'base64')).toString()) as Definition;
  } catch {
    return undefined;
  }
}

function withoutReplicas(deploy: { readonly [key: string]: ComposeValue }): Record<string, ComposeValue> {
  return Object.fromEntries(Object.entries(deploy).filter(([key]) => key !== 'replicas'));
}

function grantedFiles(
  service: ServiceModel,
  kind: 'configs' | 'secrets',
  { model, grantDigests }: Pick<Project, 'model' | 'grantDigests'>,
): Record<string, string> {
  const digests: Record<string, string> = {};
  for (const grant of (service[kind] as readonly { source?: string }[] | undefined) ?? []) {
    const file = grant.source === undefined ? undefined : model[kind]?.[grant.source];
    const name = `${kind}.${grant.source ?? ''}`;
    if (file) digests[name] = grantDigests?.[name] ?? contentDigest(file);
  }
  return digests;
}

/** Secrets enter labels as digests only; without one of the content, that of what the file says of it. */
function contentDigest(file: FileObjectModel): string {
  return createHash('sha256')
    .update(JSON.stringify(ordered(file)))
    .digest('hex')
    .slice(0, 16);
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, ordered(item)]));
}
