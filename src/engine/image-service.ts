import type { Core } from './core.ts';
import { nowNs } from './time.ts';

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
    const removed = await this.#core.images.remove(reference, { force, inUse, running });
    this.#publish(reference, 'delete');
    return removed;
  }

  async tag(reference: string, target: string): Promise<void> {
    await this.#core.images.tag(reference, target);
    this.#publish(target, 'tag');
  }

  async *load(archive: NodeJS.ReadableStream): AsyncGenerator<string> {
    for await (const line of this.#core.images.load(archive as AsyncIterable<Uint8Array>)) yield line;
    this.#publish('', 'load');
  }

  async import(
    archive: NodeJS.ReadableStream,
    options: { reference: string; changes: readonly string[]; message: string },
  ): Promise<string> {
    const image = await this.#core.images.importRootfs(archive as AsyncIterable<Uint8Array>, options);
    this.#publish(image.id, 'import');
    return image.id;
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
