import { basename, dirname, resolve } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import type { Container } from '../client/container.ts';
import { tarOf } from '../host/tar-out.ts';

/** A file that need not be on the disk. */
export interface CopySource {
  readonly content: string | Buffer;
  /** Default: 0o644. */
  readonly mode?: number;
}

/** A text or buffer becomes the file at `path`; a path of this machine keeps its own name, in the folder `path`. */
export async function copyTo(
  container: Container,
  { source, path }: { readonly source: string | CopySource; readonly path: string },
): Promise<void> {
  if (typeof source === 'string') {
    const whole = resolve(source);
    await container.putArchive(Readable.from(tarOf(dirname(whole), basename(whole))), { path });
    return;
  }
  const archive = pack();
  archive.entry({ name: basename(path), mode: source.mode ?? 0o644 }, source.content);
  archive.finalize();
  await container.putArchive(Readable.from(archive as AsyncIterable<Buffer>), { path: dirname(path) });
}

/** The bytes of a file. */
export async function copyFrom(container: Container, path: string): Promise<Buffer> {
  const archive = await container.getArchive({ path });
  const reading = extract();
  const pieces: Buffer[] = [];
  const work = pipeline(archive, reading as unknown as Writable);
  for await (const member of reading) {
    for await (const piece of member as AsyncIterable<Buffer>) pieces.push(piece);
  }
  await work;
  return Buffer.concat(pieces);
}
