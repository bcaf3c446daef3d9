import type { ArchiveFiles } from './archive.ts';
import { hexOf, type StagedBlob } from './blobs.ts';
import { archiveDocumentInvalid, archiveMismatch, archivePlatform, archiveUnknown } from './errors.ts';
import { Reader, readImageConfig, type ImageDescription } from './image-config.ts';
import { familiarReference, parseReference } from './references.ts';

/** One image of an archive: everything about it checked but its layers' content. */
export interface ArchiveImage {
  /** Digest of the configuration. */
  readonly id: string;
  readonly config: StagedBlob;
  /** The manifest, where the archive has one. */
  readonly manifest: StagedBlob | undefined;
  readonly description: ImageDescription;
  /** Lowest first, as `description.diffIds`. */
  readonly layers: readonly StagedBlob[];
  readonly references: readonly string[];
}

/** The images in a `docker save` archive or an OCI image layout, in its order. Throws EngineError ARCHIVE_…. */
export async function imagesOf(files: ArchiveFiles): Promise<readonly ArchiveImage[]> {
  // Newer `docker save` writes both; its manifest.json says more about names.
  if (files.has('manifest.json')) return onceEach(await savedImages(files));
  if (files.has('index.json')) return onceEach(await layoutImages(files));
  throw archiveUnknown();
}

/** An image that the archive names several times gets all the names. */
function onceEach(list: readonly ArchiveImage[]): readonly ArchiveImage[] {
  const images = new Map<string, ArchiveImage>();
  for (const image of list) {
    const references = [...(images.get(image.id)?.references ?? []), ...image.references];
    images.set(image.id, { ...image, references: [...new Set(references)] });
  }
  return [...images.values()];
}

/** The platform of this machine in the words of OCI: `linux/amd64`. */
export function ownPlatform(): string {
  return `linux/${ARCHITECTURES[process.arch] ?? process.arch}`;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
const MAX_IMAGES = 1000;

async function savedImages(files: ArchiveFiles): Promise<readonly ArchiveImage[]> {
  const { value } = await files.document('manifest.json', 'the archive');
  const entries = new Reader('manifest.json', { images: value }).objects('images');
  if (entries.length > MAX_IMAGES) throw archiveDocumentInvalid('manifest.json', 'it has too many images');
  const images: ArchiveImage[] = [];
  for (const entry of entries) {
    const names = entry.texts('Layers');
    const layers: StagedBlob[] = [];
    for (const name of names) layers.push(await verified(files, name, 'manifest.json'));
    const config = await verified(files, entry.text('Config'), 'manifest.json');
    const references = entry.texts('RepoTags').map((tag) => familiarReference(parseReference(tag)));
    images.push(await assembled({ files, config, configName: entry.text('Config'), layers, references }));
  }
  return images;
}

async function layoutImages(files: ArchiveFiles): Promise<readonly ArchiveImage[]> {
  const { value } = await files.document('index.json', 'the archive');
  const chosen = await chooseManifests(files, { index: new Reader('index.json', value), depth: 0 });
  if (chosen.manifests.length === 0) throw archivePlatform(ownPlatform(), chosen.others);
  const images: ArchiveImage[] = [];
  for (const descriptor of chosen.manifests) images.push(await layoutImage(files, descriptor));
  return images;
}

/** The manifests of this machine's platform, or of none that is said, through nested indexes. */
async function chooseManifests(
  files: ArchiveFiles,
  at: { index: Reader; depth: number; name?: string },
): Promise<{ manifests: Descriptor[]; others: string[] }> {
  const manifests: Descriptor[] = [];
  const others: string[] = [];
  const descriptors = at.index.objects('manifests').map((entry) => descriptorOf(entry, at.name));
  if (descriptors.length > MAX_IMAGES)
    throw archiveDocumentInvalid('index.json', 'it has too many manifests');
  for (const descriptor of descriptors) {
    if (/\.index\.|manifest\.list/.test(descriptor.mediaType)) {
      if (at.depth >= 3) throw archiveDocumentInvalid('index.json', 'its indexes are nested too deeply');
      const { value } = await documentOf(files, descriptor);
      const index = new Reader(`index ${descriptor.digest}`, value);
      const inner = await chooseManifests(files, { index, depth: at.depth + 1, name: descriptor.reference });
      manifests.push(...inner.manifests);
      others.push(...inner.others);
    } else if (descriptor.platform === '' || descriptor.platform === ownPlatform())
      manifests.push(descriptor);
    // `unknown/unknown` is how attestations about the other entries are marked.
    else if (!descriptor.platform.startsWith('unknown/')) others.push(descriptor.platform);
  }
  return { manifests, others };
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** `os/architecture`; empty: not said. */
  readonly platform: string;
  /** Familiar; empty: none. */
  readonly reference: string;
}

function descriptorOf(entry: Reader, outerName = ''): Descriptor {
  const digest = entry.text('digest');
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw entry.invalid(`"${digest}" is not a sha256 digest`);
  const platform = entry.object('platform');
  const os = platform.text('os');
  return {
    mediaType: entry.text('mediaType'),
    digest,
    platform: os === '' ? '' : `${os}/${platform.text('architecture')}`,
    reference: nameIn(entry.textMap('annotations')) || outerName,
  };
}

/** A bare tag, as umoci and skopeo write it, is no name of an image: such an image comes in without one. */
function nameIn(annotations: Readonly<Record<string, string>>): string {
  const full = annotations['io.containerd.image.name'];
  const name = full ?? annotations['org.opencontainers.image.ref.name'] ?? '';
  if (full === undefined && !/[/:]/.test(name)) return '';
  return familiarReference(parseReference(name));
}

async function layoutImage(files: ArchiveFiles, descriptor: Descriptor): Promise<ArchiveImage> {
  const { value, blob: manifest } = await documentOf(files, descriptor);
  const document = new Reader(`manifest ${descriptor.digest}`, value);
  const needer = `manifest ${descriptor.digest}`;
  const configName = blobName(descriptorOf(document.object('config')).digest);
  const config = await verified(files, configName, needer);
  const layers: StagedBlob[] = [];
  for (const layer of document.objects('layers')) {
    layers.push(await verified(files, blobName(descriptorOf(layer).digest), needer));
  }
  const references = descriptor.reference === '' ? [] : [descriptor.reference];
  return { ...(await assembled({ files, config, configName, layers, references })), manifest };
}

interface ImageParts {
  readonly files: ArchiveFiles;
  readonly config: StagedBlob;
  readonly configName: string;
  readonly layers: readonly StagedBlob[];
  readonly references: readonly string[];
}

async function assembled(parts: ImageParts): Promise<ArchiveImage> {
  const { config, configName, layers, references } = parts;
  const { value } = await parts.files.document(configName, 'the manifest');
  const description = readImageConfig(value, `the image configuration ${configName}`);
  if (layers.length !== description.diffIds.length) {
    throw archiveDocumentInvalid(
      `the image configuration ${configName}`,
      `it has ${description.diffIds.length} layers, but the manifest has ${layers.length}`,
    );
  }
  return { id: config.digest, config, manifest: undefined, description, layers, references };
}

async function documentOf(
  files: ArchiveFiles,
  { digest }: Descriptor,
): Promise<{ value: unknown; blob: StagedBlob }> {
  await verified(files, blobName(digest), 'index.json');
  return await files.document(blobName(digest), 'index.json');
}

/** A blob whose name says its digest must have it. */
async function verified(files: ArchiveFiles, name: string, needer: string): Promise<StagedBlob> {
  const blob = await files.blob(name, needer);
  const promised = /^(?:blobs\/sha256\/|sha256:)?([0-9a-f]{64})(?:\.json|\.tar|\.tar\.gz)?$/.exec(name)?.[1];
  if (promised !== undefined && blob.digest !== `sha256:${promised}`) {
    throw archiveMismatch({ what: `"${name}"`, expected: `sha256:${promised}`, actual: blob.digest });
  }
  return blob;
}

function blobName(digest: string): string {
  return `blobs/sha256/${hexOf(digest)}`;
}
