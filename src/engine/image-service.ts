import { taggedReference } from '../image/references.ts';
import type { Core } from './core.ts';
import { publishImageEvent } from './image-events.ts';

/** Images: bringing in, tagging, removing. */
export class ImageService {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  async remove(
    reference: string,
    force: boolean,
  ): Promise<readonly { untagged?: string; deleted?: string }[]> {
    const inUse = (id: string): string[] =>
      [...this.#core.state.containers.values()]
        .filter(
          ({ imageId, mounts }) =>
            imageId === id || mounts.some((mount) => mount.type === 'image' && mount.name === id),
        )
        .map((container) => container.id);
    const running = (id: string): string[] =>
      inUse(id).filter((container) => this.#core.state.live.has(container));
    const image = this.#core.images.find(reference);
    const removed = await this.#core.images.remove(reference, { force, inUse, running });
    if (!image) return removed;
    for (const item of removed) {
      if ('untagged' in item) publishImageEvent(this.#core, image, { action: 'untag' });
      else if (item.deleted === image.id) publishImageEvent(this.#core, image, { action: 'delete' });
    }
    return removed;
  }

  async tag(reference: string, target: string): Promise<void> {
    await this.#core.images.tag(reference, target);
    const image = this.#core.images.find(target);
    if (image) publishImageEvent(this.#core, image, { action: 'tag', name: taggedReference(target) });
  }

  async *load(archive: NodeJS.ReadableStream): AsyncGenerator<string> {
    for await (const line of this.#core.images.load(archive as AsyncIterable<Uint8Array>)) {
      const [, reference = ''] = /^Loaded image(?: ID)?: (\S+)/.exec(line) ?? [];
      const image = this.#core.images.find(reference);
      if (image) publishImageEvent(this.#core, image, { action: 'load' });
      yield line;
    }
  }

  async import(
    archive: NodeJS.ReadableStream,
    options: { reference: string; changes: readonly string[]; message: string },
  ): Promise<string> {
    const image = await this.#core.images.importRootfs(archive as AsyncIterable<Uint8Array>, options);
    publishImageEvent(this.#core, image, { action: 'import' });
    return image.id;
  }
}
