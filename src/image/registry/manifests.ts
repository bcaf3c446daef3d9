import type { Exchange } from '../../host/http-exchange.ts';
import { sha256Of } from '../blobs.ts';
import { messageIn, type RegistryClient } from './client.ts';
import {
  answerInvalid,
  contentMismatch,
  manifestUnsupported,
  notInRegistry,
  pullDenied,
  rateLimited,
  registryFailed,
  registryUnauthorized,
} from './errors.ts';
import { normal, type Platform } from '../../model/platforms.ts';

/** A blob or manifest that another document names. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

export interface ListedManifest extends Descriptor {
  readonly platform: Platform;
}

/** A manifest as the registry has it; `kind` says what `list` or `image` holds. */
export type Manifest = {
  readonly bytes: Buffer;
  readonly digest: string;
  readonly mediaType: string;
} & (
  | { readonly kind: 'list'; readonly manifests: readonly ListedManifest[] }
  | { readonly kind: 'image'; readonly config: Descriptor; readonly layers: readonly Descriptor[] }
);

/** What is asked for, in words for messages. */
export interface Asked {
  /** `library/redis`. */
  readonly repository: string;
  /** A tag or a digest. */
  readonly version: string;
  /** As the person writes it. */
  readonly reference: string;
}

export const LIST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
export const IMAGE_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** Fetches a manifest or a list of them, and proves that it is what was asked for. Throws EngineError. */
export async function fetchManifest(client: RegistryClient, asked: Asked): Promise<Manifest> {
  const request = { method: 'GET', path: pathOf(asked), headers: { Accept: ACCEPTED } } as const;
  const { exchange, bytes } = await client.read(request, MOST_BYTES);
  if (exchange.status !== 200)
    throw refusedManifest(client, { asked, exchange, text: bytes?.toString() ?? '' });
  if (!bytes) throw answerInvalid(client.name, `a manifest of over ${MOST_BYTES / 1024 ** 2} MiB`);
  const digest = sha256Of(bytes);
  const promised = asked.version.startsWith('sha256:')
    ? asked.version
    : textOf(exchange.headers['docker-content-digest']);
  if (promised.startsWith('sha256:') && promised !== digest) {
    throw contentMismatch({ what: `the manifest of ${asked.reference}`, expected: promised, actual: digest });
  }
  const said = textOf(exchange.headers['content-type']).split(';')[0]?.trim() ?? '';
  return { bytes, digest, ...readManifest(bytes, { said, client, reference: asked.reference }) };
}

/** The digest that a tag stands for now; undefined when the registry does not tell it this way. */
export async function headManifest(client: RegistryClient, asked: Asked): Promise<string | undefined> {
  const request = { method: 'HEAD', path: pathOf(asked), headers: { Accept: ACCEPTED }, once: true } as const;
  const exchange = await client.open(request);
  exchange.discard();
  const digest = textOf(exchange.headers['docker-content-digest']);
  return exchange.status === 200 && /^sha256:[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}

/** The error that a registry's refusal of a manifest stands for. */
export function refusedManifest(
  client: RegistryClient,
  about: { asked: Asked; exchange: Exchange; text: string },
): Error {
  const { asked, exchange, text } = about;
  const why = messageIn(text);
  const { status } = exchange;
  if (status === 404) return notInRegistry(asked.reference);
  // Docker Hub answers so for repositories that are not there.
  if (status === 401 && client.name === 'docker.io' && !client.hasUser) return pullDenied(nameOf(asked), why);
  return refusal(client, { status, why, denied: () => pullDenied(nameOf(asked), why) });
}

/** What every kind of request may be answered with. */
export function refusal(
  client: RegistryClient,
  about: { status: number; why: string; denied: () => Error },
): Error {
  const { status, why } = about;
  if (status === 401) return registryUnauthorized(client.name, why, client.hasUser);
  if (status === 403) return about.denied();
  if (status === 429) return rateLimited(client.name, why);
  if (status >= 500) return registryFailed(client.name, `status ${status}${why === '' ? '' : `: ${why}`}`);
  return answerInvalid(client.name, `status ${status}${why === '' ? '' : `: ${why}`}`);
}

const ACCEPTED = [...LIST_TYPES, ...IMAGE_TYPES].join(', ');
/** As the distribution specification has it. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_LAYERS = 127;

function pathOf({ repository, version }: Asked): string {
  return `/v2/${repository}/manifests/${version}`;
}

function nameOf({ reference }: Asked): string {
  return reference.replace(/@.*$/, '').replace(/:[^/:]+$/, '');
}

function readManifest(
  bytes: Buffer,
  about: { said: string; client: RegistryClient; reference: string },
): Pick<Manifest, 'mediaType'> &
  (
    | { kind: 'list'; manifests: ListedManifest[] }
    | { kind: 'image'; config: Descriptor; layers: Descriptor[] }
  ) {
  const { said, client, reference } = about;
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw answerInvalid(
      client.name,
      `the manifest of ${reference} is not JSON (it is of the type ${said || 'none'})`,
    );
  }
  const members = isObject(value) ? value : {};
  const mediaType = [textOf(members['mediaType']), said].find(isKnown) ?? typeByShape(members);
  const invalid = (why: string) => answerInvalid(client.name, `the manifest of ${reference} ${why}`);
  if (mediaType === undefined) throw manifestUnsupported(reference, textOf(members['mediaType']) || said);
  if (LIST_TYPES.includes(mediaType)) {
    const entries = listOf(members['manifests']);
    if (!entries) throw invalid('has no list of manifests');
    return { kind: 'list', mediaType, manifests: entries.map((entry) => listed(entry, invalid)) };
  }
  const layers = listOf(members['layers']);
  if (!layers) throw invalid('has no layers');
  if (layers.length > MOST_LAYERS) throw invalid(`has over ${MOST_LAYERS} layers`);
  return {
    kind: 'image',
    mediaType,
    config: descriptor(members['config'], invalid),
    layers: layers.map((layer) => descriptor(layer, invalid)),
  };
}

function isKnown(mediaType: string): boolean {
  return LIST_TYPES.includes(mediaType) || IMAGE_TYPES.includes(mediaType);
}

/** OCI documents need not say what they are. */
function typeByShape(members: Readonly<Record<string, unknown>>): string | undefined {
  if (members['schemaVersion'] !== 2 || members['mediaType'] !== undefined) return undefined;
  if (Array.isArray(members['manifests'])) return LIST_TYPES[0];
  return Array.isArray(members['layers']) && isObject(members['config']) ? IMAGE_TYPES[0] : undefined;
}

function listed(value: unknown, invalid: (why: string) => Error): ListedManifest {
  const platform = isObject(value) && isObject(value['platform']) ? value['platform'] : {};
  return {
    ...descriptor(value, invalid),
    platform: normal({
      os: textOf(platform['os']),
      architecture: textOf(platform['architecture']),
      variant: textOf(platform['variant']),
    }),
  };
}

function descriptor(value: unknown, invalid: (why: string) => Error): Descriptor {
  const { mediaType, digest, size } = isObject(value) ? value : {};
  if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw invalid(`names something by ${JSON.stringify(digest ?? null)}, which is not a sha256 digest`);
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw invalid(`gives ${digest} no size`);
  }
  return { mediaType: textOf(mediaType), digest, sizeBytes: size };
}

function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? (value as unknown[]) : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
