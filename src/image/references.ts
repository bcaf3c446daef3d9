import { referenceInvalid } from './errors.ts';

/** A reference to an image, taken apart. */
export interface Reference {
  /** Familiar name: `redis`, `berth/host`, `ghcr.io/acme/web`. */
  readonly name: string;
  /** Full name with registry and `library/`: `docker.io/library/redis`. */
  readonly fullName: string;
  readonly registry: string;
  /** Path below the registry: `library/redis`. */
  readonly repository: string;
  readonly tag: string | undefined;
  /** `sha256:` + 64 hexadecimal digits. */
  readonly digest: string | undefined;
}

/**
 * Reads `[registry/]path[:tag][@digest]` by the distribution project's grammar: a first part with a dot, a colon or
 * upper-case letters, or `localhost`, is a registry; otherwise it is Docker Hub, whose official images live in
 * `library/`. Throws EngineError REFERENCE_INVALID.
 */
export function parseReference(text: string): Reference {
  const { name, tag, digest } = splitReference(text);
  const { registry, path } = splitRegistry(name);
  if (path !== path.toLowerCase()) throw referenceInvalid(text, 'the repository name must be lower case');
  if (!PATH.test(path)) throw referenceInvalid(text, invalidNameReason(path));
  const repository = registry === DEFAULT_REGISTRY && !path.includes('/') ? `library/${path}` : path;
  const fullName = `${registry}/${repository}`;
  if (fullName.length > MAX_NAME_LENGTH) {
    throw referenceInvalid(text, `the name has more than ${MAX_NAME_LENGTH} characters`);
  }
  return { name: familiarName(registry, repository), fullName, registry, repository, tag, digest };
}

/** `redis` → `redis:latest`; what has a tag stays; a digest alone gets no tag. */
export function familiarReference(reference: Reference): string {
  const tag = reference.tag ?? (reference.digest === undefined ? 'latest' : undefined);
  if (tag === undefined) return `${reference.name}@${reference.digest ?? ''}`;
  return `${reference.name}:${tag}`;
}

/** The reference that an image gets: a name with a tag (`latest` by default), never a digest. Throws EngineError. */
export function taggedReference(text: string): string {
  const reference = parseReference(text);
  if (reference.digest !== undefined) throw referenceInvalid(text, 'a tag cannot have a digest');
  if (reference.name === 'sha256') {
    throw referenceInvalid(text, 'refusing to create an ambiguous tag using digest algorithm as name');
  }
  return familiarReference(reference);
}

/** `sha256:` + 64 hexadecimal digits, or the digits alone → the digest; undefined for everything else. */
export function fullDigest(text: string): string | undefined {
  const hex = text.startsWith('sha256:') ? text.slice(7) : text;
  return /^[0-9a-f]{64}$/.test(hex) ? `sha256:${hex}` : undefined;
}

/** The hexadecimal start of an id, when `text` can be one. */
export function idPrefix(text: string): string | undefined {
  const hex = text.startsWith('sha256:') ? text.slice(7) : text;
  return /^[0-9a-f]{1,64}$/.test(hex) ? hex : undefined;
}

const DEFAULT_REGISTRY = 'docker.io';
const MAX_NAME_LENGTH = 255;
const PATH_PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const PATH = new RegExp(`^${PATH_PART}(?:/${PATH_PART})*$`);
const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const REGISTRY = new RegExp(`^(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

function splitReference(text: string): Pick<Reference, 'tag' | 'digest'> & { name: string } {
  if (text === '') throw referenceInvalid(text, 'it is empty');
  if (/^[0-9a-f]{64}$/.test(text)) throw referenceInvalid(text, 'a name must not be 64 hexadecimal digits');
  const at = text.indexOf('@');
  const digest = at === -1 ? undefined : text.slice(at + 1);
  if (digest !== undefined) checkDigest(text, digest);
  const rest = at === -1 ? text : text.slice(0, at);
  const colon = rest.lastIndexOf(':');
  if (colon <= rest.lastIndexOf('/')) return { name: rest, tag: undefined, digest };
  const tag = rest.slice(colon + 1);
  if (!TAG.test(tag)) throw referenceInvalid(text, `the tag "${tag}" is not allowed`);
  return { name: rest.slice(0, colon), tag, digest };
}

function checkDigest(text: string, digest: string): void {
  if (!DIGEST.test(digest)) throw referenceInvalid(text, `"${digest}" is not a digest`);
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw referenceInvalid(text, `"${digest}" is not a sha256 digest, the only kind known here`);
  }
}

function splitRegistry(name: string): { registry: string; path: string } {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const isRegistry = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  if (!isRegistry) return { registry: DEFAULT_REGISTRY, path: name };
  if (!REGISTRY.test(first)) throw referenceInvalid(name, `"${first}" is not a registry`);
  const registry = first === 'index.docker.io' ? DEFAULT_REGISTRY : first;
  return { registry, path: name.slice(slash + 1) };
}

function familiarName(registry: string, repository: string): string {
  if (registry !== DEFAULT_REGISTRY) return `${registry}/${repository}`;
  const official = /^library\/([^/]+)$/.exec(repository);
  return official?.[1] ?? repository;
}

function invalidNameReason(path: string): string {
  if (path === '') return 'the name is missing';
  const part = path.split('/').find((piece) => !new RegExp(`^${PATH_PART}$`).test(piece)) ?? path;
  if (part === '') return 'it has an empty part between slashes';
  return `"${part}" is not allowed: letters and digits, with single . _ or - between them`;
}
