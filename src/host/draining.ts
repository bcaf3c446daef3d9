import { PassThrough, type Readable } from 'node:stream';

/** How long a stream whose writer has ended may be silent before it counts as over. */
const SILENCE_MS = 200;

export interface Drain {
  readonly stream: Readable;
  /** When everything was passed on. */
  readonly over: Promise<void>;
}

/**
 * Passes everything of `source` on, then `lastWords`, which come when the writer has ended. The end is the end of
 * `source`; or, after the writer's, when nothing more comes although there is room for it: a process that the writer
 * left behind may hold the other end for ever.
 */
export function drained(source: Readable, options: { readonly lastWords: Promise<string> }): Drain {
  const stream = new PassThrough();
  const sourceOver = new Promise<void>((resolve) => {
    source.on('end', resolve);
    source.on('close', resolve);
    source.on('error', (error) => {
      stream.destroy(error);
      resolve();
    });
    void options.lastWords.then(() => afterSilence(source, stream, resolve));
  });
  source.pipe(stream, { end: false });
  const over = Promise.all([sourceOver, options.lastWords]).then(([, words]) => {
    source.unpipe(stream);
    source.destroy();
    stream.end(words);
  });
  return { stream, over };
}

/** A reader that is slow is not silence. */
function afterSilence(source: Readable, stream: PassThrough, over: () => void): void {
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (stream.writableNeedDrain) wait();
      else over();
    }, SILENCE_MS);
  };
  source.on('data', wait);
  source.on('close', () => clearTimeout(timer));
  wait();
}
