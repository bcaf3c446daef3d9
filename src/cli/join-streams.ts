import { demuxStream } from '../client/demux.ts';

/** A command in a container, and the stream that leads to it. */
export interface Joined {
  readonly stream: NodeJS.ReadWriteStream;
  readonly handle: {
    resize(size: { h: number; w: number }): Promise<unknown>;
    inspect(): Promise<{ readonly ExitCode: number | null }>;
  };
}

/** Joins this process's terminal or pipes to a command in a container. Resolves with its exit code. */
export async function joinStreams(about: { running: Joined; tty: boolean }): Promise<number> {
  const { running, tty } = about;
  const { stream, handle } = running;
  const release = tty ? takeTerminal(running) : () => undefined;
  stream.on('error', () => undefined);
  process.stdin.pipe(stream);
  try {
    if (tty) await copyRaw(stream);
    else await demuxStream(stream as AsyncIterable<Buffer>, process.stdout, process.stderr);
  } finally {
    release();
    process.stdin.unpipe(stream);
    process.stdin.pause();
  }
  return (await handle.inspect()).ExitCode ?? 0;
}

async function copyRaw(stream: NodeJS.ReadableStream): Promise<void> {
  for await (const chunk of stream) {
    if (!process.stdout.write(chunk))
      await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
  }
}

/** Every key goes to the command, Ctrl-C too, and it learns the size of the window. */
function takeTerminal({ handle }: Joined): () => void {
  const resize = () => {
    const { rows, columns } = process.stdout;
    handle.resize({ h: rows, w: columns }).catch(() => undefined);
  };
  process.stdin.setRawMode(true);
  process.stdout.on('resize', resize);
  resize();
  return () => {
    process.stdin.setRawMode(false);
    process.stdout.off('resize', resize);
  };
}
