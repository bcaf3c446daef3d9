import { ownPlatform } from '../image/archive-images.ts';
import { familiarReference, parseReference } from '../image/references.ts';
import { parsePlatform } from '../image/registry/platforms.ts';
import type { TransferEvent } from '../model/transfer.ts';
import type { Core } from './core.ts';
import type { ImageTransfer, RegistryApi } from './engine-api.ts';
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

  #publish(reference: string, action: string): void {
    this.#core.events.publish({
      type: 'image',
      action,
      id: reference,
      attributes: { name: reference },
      timeNs: nowNs(),
    });
  }
}
