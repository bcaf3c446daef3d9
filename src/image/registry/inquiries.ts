import type { HttpClient } from '../../host/http-exchange.ts';
import type { Reference } from '../references.ts';
import { readImageConfig } from '../image-config.ts';
import type { Credentials } from './auth.ts';
import { messageIn, RegistryClient } from './client.ts';
import { originOf } from './endpoint.ts';
import { answerInvalid, registryUnauthorized } from './errors.ts';
import { fetchManifest, refusal, type Descriptor } from './manifests.ts';
import type { Platform } from '../../model/platforms.ts';
import type { RetryPolicy } from './retry.ts';
import type { RegistrySettings } from './settings.ts';

export interface Inquiry {
  readonly credentials: Credentials;
  readonly http: HttpClient;
  readonly settings: RegistrySettings;
  readonly retries: RetryPolicy;
  readonly signal: AbortSignal;
}

/** Tries a login at a registry, `docker.io` or `host[:port]`. Throws EngineError REGISTRY_UNAUTHORIZED and others. */
export async function checkLogin(registry: string, inquiry: Inquiry): Promise<void> {
  const client = new RegistryClient({
    ...inquiry,
    endpoint: originOf(registry, inquiry.settings),
    scope: '',
  });
  const { exchange, bytes } = await client.read({ method: 'GET', path: '/v2/' }, MOST_TEXT_BYTES);
  if (exchange.status === 200) return;
  const why = messageIn(bytes?.toString() ?? '');
  const denied = () => registryUnauthorized(client.name, why, true);
  throw refusal(client, { status: exchange.status, why, denied });
}

/** What a name stands for in its registry, without fetching it. Throws EngineError. */
export async function inspectRemote(
  about: { reference: Reference; text: string },
  inquiry: Inquiry,
): Promise<{ descriptor: Descriptor; platforms: readonly Platform[] }> {
  const { reference, text } = about;
  const { repository } = reference;
  const client = new RegistryClient({
    ...inquiry,
    endpoint: originOf(reference.registry, inquiry.settings),
    scope: `repository:${repository}:pull`,
  });
  const version = reference.digest ?? reference.tag ?? 'latest';
  const manifest = await fetchManifest(client, { repository, version, reference: text });
  const { digest, mediaType, bytes } = manifest;
  const descriptor = { digest, mediaType, sizeBytes: bytes.length };
  if (manifest.kind === 'list') {
    return { descriptor, platforms: manifest.manifests.map(({ platform }) => platform) };
  }
  const path = `/v2/${repository}/blobs/${manifest.config.digest}`;
  const config = await client.read({ method: 'GET', path }, MOST_CONFIG_BYTES);
  return { descriptor, platforms: [platformIn(client, config.bytes)] };
}

const MOST_TEXT_BYTES = 64 * 1024;
const MOST_CONFIG_BYTES = 8 * 1024 * 1024;

function platformIn(client: RegistryClient, bytes: Buffer | undefined): Platform {
  try {
    const { os, architecture } = readImageConfig(JSON.parse(bytes?.toString() ?? ''), 'the configuration');
    return { os, architecture, variant: '' };
  } catch (error) {
    throw answerInvalid(client.name, error instanceof Error ? error.message : String(error));
  }
}
