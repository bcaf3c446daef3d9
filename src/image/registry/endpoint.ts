import type { TlsTrust } from '../../host/http-exchange.ts';
import type { Reference } from '../references.ts';
import { isInsecure, trustOf, type RegistrySettings } from './settings.ts';

/** A place that speaks the registry protocol. */
export interface Endpoint {
  /** What the person calls it: `docker.io`, `localhost:5000`. */
  readonly name: string;
  /** `host[:port]`, with a path where a mirror has one. */
  readonly place: string;
  /** In the order in which they are tried. */
  readonly schemes: readonly ('https' | 'http')[];
  readonly isMirror: boolean;
}

const DOCKER_HUB = 'docker.io';
/** Docker Hub's registry has another name than its images. */
const DOCKER_HUB_REGISTRY = 'registry-1.docker.io';

/** Where an image can be fetched from: mirrors of Docker Hub first, the registry itself last. */
export function endpointsOf(reference: Reference, settings: RegistrySettings): readonly Endpoint[] {
  const mirrors = reference.registry === DOCKER_HUB ? settings.mirrors.flatMap(mirrorAt) : [];
  return [...mirrors, originOf(reference.registry, settings)];
}

export function originOf(registry: string, settings: RegistrySettings): Endpoint {
  const place = registry === DOCKER_HUB ? DOCKER_HUB_REGISTRY : registry;
  // Encryption is tried first even where it may be missing, so that a password is not sent in the clear for nothing.
  const schemes = isInsecure(place, settings) ? (['https', 'http'] as const) : (['https'] as const);
  return { name: registry, place, schemes, isMirror: false };
}

/** The same trust for every address of a host, wherever a redirect may lead. */
export function trustFor(url: URL, settings: RegistrySettings): TlsTrust {
  return trustOf(url.host, settings);
}

function mirrorAt(address: string): Endpoint[] {
  const [, scheme = 'https', place = ''] =
    /^(?:(https?):\/\/)?(.+?)\/*$/.exec(address.replace(/\/v2\/?$/, '')) ?? [];
  if (place === '') return [];
  return [{ name: place, place, schemes: [scheme === 'http' ? 'http' : 'https'], isMirror: true }];
}
