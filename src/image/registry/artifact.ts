import type { HttpClient } from '../../host/http-exchange.ts';
import type { Artifact } from '../../model/artifact.ts';
import { parseReference } from '../references.ts';
import type { Credentials } from './auth.ts';
import { RegistryClient } from './client.ts';
import { originOf } from './endpoint.ts';
import { putManifest, uploadBlob, type Pushed } from './push.ts';
import type { RetryPolicy } from './retry.ts';
import type { RegistrySettings } from './settings.ts';

/** Brings what is no image to a registry: blobs that are missing there, then the manifest. Throws EngineError. */
export async function pushArtifact(
  artifact: Artifact,
  access: {
    readonly http: HttpClient;
    readonly settings: RegistrySettings;
    readonly retries: RetryPolicy;
    readonly credentials: Credentials;
    readonly signal: AbortSignal;
  },
): Promise<Pushed> {
  const { registry, repository, tag = 'latest' } = parseReference(artifact.reference);
  const client = new RegistryClient({
    ...access,
    endpoint: originOf(registry, access.settings),
    scope: `repository:${repository}:pull,push`,
  });
  const contents = new Map(
    artifact.blobs.map(({ digest, content }) => [digest, Buffer.from(content, 'base64')]),
  );
  const upload = {
    client,
    blobs: { read: (digest: string) => once(contents.get(digest)) },
    repository,
    siblings: [],
  };
  for (const [digest, content] of contents)
    await uploadBlob(upload, { digest, sizeBytes: content.length, mediaType: '' }, () => undefined);
  const bytes = Buffer.from(artifact.manifest, 'base64');
  return await putManifest(upload, { bytes, mediaType: artifact.mediaType, tag });
}

async function* once(content: Buffer | undefined): AsyncGenerator<Buffer> {
  if (content) yield content;
}
