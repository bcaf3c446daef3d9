import { ownPlatform } from '../image/archive-images.ts';
import { familiarReference, parseReference, type Reference } from '../image/references.ts';
import { pushArtifact } from '../image/registry/artifact.ts';
import { checkLogin, inspectRemote } from '../image/registry/inquiries.ts';
import { parsePlatform } from '../model/platforms.ts';
import type { Artifact } from '../model/artifact.ts';
import { EngineError } from '../model/errors.ts';
import type { TransferEvent } from '../model/transfer.ts';
import type { Core } from './core.ts';
import type { ImageTransfer, RegistryApi, RegistryCredentials } from './engine-api.ts';
import { publishImageEvent } from './image-events.ts';
import { nowNs } from './time.ts';

/** Images that come from registries and go there. */
export class RegistryService implements RegistryApi {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  async pull(request: ImageTransfer & { readonly platform: string }): Promise<void> {
    const { platform, onEvent } = request;
    const reference = parseReference(request.reference);
    const text = familiarReference(reference);
    const { isNew, digest } = await this.#core.images.pull({
      ...request,
      reference,
      text,
      platform: parsePlatform(platform || ownPlatform()),
      isPlatformWanted: platform !== '',
    });
    onEvent({ status: `Digest: ${digest}` });
    const verdict = isNew ? 'Downloaded newer image for' : 'Image is up to date for';
    onEvent({ status: `Status: ${verdict} ${text}` } satisfies TransferEvent);
    this.#publish(text, 'pull');
  }

  /** Without a tag: every name that the image has in the repository. */
  async push(request: ImageTransfer): Promise<void> {
    const { onEvent } = request;
    const wanted = parseReference(request.reference);
    const names = wanted.tag === undefined ? this.#tagsOf(wanted) : [wanted];
    onEvent({ status: `The push refers to repository [${wanted.fullName}]` });
    for (const reference of names) {
      const { digest, sizeBytes } = await this.#core.images.push({ ...request, reference });
      const tag = reference.tag ?? '';
      onEvent({ status: `${tag}: digest: ${digest} size: ${sizeBytes}` });
      onEvent({ status: '', progress: {}, aux: { Tag: tag, Digest: digest, Size: sizeBytes } });
      this.#publish(familiarReference(reference), 'push');
    }
  }

  async login(registry: string, credentials: RegistryCredentials, signal: AbortSignal): Promise<void> {
    await checkLogin(registry, { ...this.#core.images.registry(), credentials, signal });
  }

  async inspect(
    name: string,
    credentials: RegistryCredentials,
    signal: AbortSignal,
  ): ReturnType<RegistryApi['inspect']> {
    const reference = parseReference(name);
    const inquiry = { ...this.#core.images.registry(), credentials, signal };
    return await inspectRemote({ reference, text: familiarReference(reference) }, inquiry);
  }

  async publish(
    artifact: Artifact,
    credentials: RegistryCredentials,
    signal: AbortSignal,
  ): Promise<{ readonly digest: string }> {
    return await pushArtifact(artifact, { ...this.#core.images.registry(), credentials, signal });
  }

  forgetPartial(): Promise<number> {
    return this.#core.images.forgetPartial();
  }

  save(names: readonly string[]): AsyncIterable<Uint8Array> {
    const archive = this.#core.images.save(names);
    for (const image of new Set(names.map((name) => this.#core.images.find(name))))
      if (image) publishImageEvent(this.#core, image, { action: 'save' });
    return archive;
  }

  #tagsOf(wanted: Reference): readonly Reference[] {
    const tagged = this.#core.images
      .list()
      .flatMap(({ references }) => references.map((name) => parseReference(name)))
      .filter(({ name }) => name === wanted.name);
    if (tagged.length > 0) return tagged;
    throw new EngineError(
      404,
      'IMAGE_NOT_FOUND',
      `An image does not exist locally with the tag: ${wanted.name}`,
      {
        hint: `See what is there: berth image ls. Give an image the name: berth image tag IMAGE ${wanted.name}`,
      },
    );
  }

  #publish(reference: string, action: string): void {
    const image = this.#core.images.find(reference);
    this.#core.events.publish({
      type: 'image',
      action,
      id: reference,
      attributes: { ...image?.config.labels, name: familiarName(reference) },
      timeNs: nowNs(),
    });
  }
}

/** Without its tag. */
function familiarName(reference: string): string {
  return reference.replace(/@.*$/, '').replace(/:[^/:]+$/, '');
}
