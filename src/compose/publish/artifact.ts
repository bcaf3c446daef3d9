import { createHash } from 'node:crypto';
import type { Artifact } from '../../model/artifact.ts';
import type { PublishedFile } from './published-files.ts';

const PROJECT = 'application/vnd.docker.compose.project';
const FILE = 'application/vnd.docker.compose.file+yaml';
const ENV_FILE = 'application/vnd.docker.compose.envfile';
/** What takes the place of an image's configuration. */
const EMPTY = {
  '1.1': 'application/vnd.oci.empty.v1+json',
  '1.0': 'application/vnd.docker.compose.config.empty.v1+json',
};
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

export type OciVersion = keyof typeof EMPTY;

/**
 * Files of a project as an artifact that Docker Compose can run: `docker compose -f oci://…`.
 * @see https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidelines-for-artifact-usage
 */
export function projectArtifact(
  files: readonly PublishedFile[],
  about: { reference: string; ociVersion: OciVersion; composeVersion: string; created: string },
): Artifact {
  const empty = Buffer.from('{}');
  const blobs = files.map((file) => ({ file, content: Buffer.from(file.text) }));
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    ...(about.ociVersion === '1.1' && { artifactType: PROJECT }),
    config: { mediaType: EMPTY[about.ociVersion], digest: digestOf(empty), size: empty.length },
    layers: blobs.map(({ file, content }) => ({
      mediaType: file.kind === 'env' ? ENV_FILE : FILE,
      digest: digestOf(content),
      size: content.length,
      annotations: annotationsOf(file, about.composeVersion),
    })),
    annotations: { 'org.opencontainers.image.created': about.created },
  };
  return {
    reference: about.reference,
    mediaType: MANIFEST,
    manifest: Buffer.from(JSON.stringify(manifest)).toString('base64'),
    blobs: [empty, ...blobs.map(({ content }) => content)].map((content) => ({
      digest: digestOf(content),
      content: content.toString('base64'),
    })),
  };
}

function annotationsOf({ kind, name }: PublishedFile, version: string): Record<string, string> {
  return {
    'com.docker.compose.version': version,
    [kind === 'env' ? 'com.docker.compose.envfile' : 'com.docker.compose.file']: name,
    ...(kind === 'extended' && { 'com.docker.compose.extends': 'true' }),
  };
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
