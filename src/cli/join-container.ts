import { demuxStream } from '../client/demux.ts';
import type { EngineClient } from '../client/client.ts';
import { DetachFilter, detachSequence } from './detach-keys.ts';

/** Signals that a person or a supervisor sends to a program in the foreground. */
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * Joins this process's terminal or pipes to the first process of a running container. Resolves with its exit code, or
 * with 0 when the detach keys were typed.
 */
export async function joinContainer(
  client: EngineClient,
  about: {
    id: string;
    stdin: boolean;
    /** Pass signals on. */
    signals: boolean;
    detachKeys: string;
    /** Ctrl-C leaves the container as it is. */
    interruptDetaches?: boolean;
  },
): Promise<number> {
  const container = client.getContainer(about.id);
  const sequence = detachSequence(about.detachKeys);
  const { Config } = await container.inspect();
  const takesInput = about.stdin && Config.OpenStdin;
  const stream = await container.attach({ stdin: takesInput, stdout: true, stderr: true, stream: true });
  stream.on('error', () => undefined);
  const detached = new AbortController();
  const detach = () => {
    detached.abort();
    stream.destroy();
  };
  const keys = new DetachFilter(sequence, detach);
  const isRaw = Config.Tty && about.stdin && process.stdin.isTTY;
  const releases = [
    about.stdin ? joinInput(keys, takesInput ? stream : undefined, isRaw) : () => undefined,
    about.signals && !isRaw ? passSignals((signal) => container.kill({ signal })) : () => undefined,
    about.interruptDetaches ? onceInterrupted(detach) : () => undefined,
    Config.Tty ? followSize((size) => container.resize(size)) : () => undefined,
  ];
  try {
    await copyOutput(stream as AsyncIterable<Buffer>, Config.Tty);
  } catch (error) {
    if (!detached.signal.aborted) throw error;
  } finally {
    for (const release of releases) release();
  }
  if (detached.signal.aborted) return 0;
  return (await container.wait()).StatusCode;
}

async function copyOutput(stream: AsyncIterable<Buffer>, isTty: boolean): Promise<void> {
  if (!isTty) return demuxStream(stream, process.stdout, process.stderr);
  for await (const chunk of stream) {
    if (!process.stdout.write(chunk)) await new Promise((done) => process.stdout.once('drain', done));
  }
}

function joinInput(
  keys: DetachFilter,
  target: NodeJS.WritableStream | undefined,
  isRaw: boolean,
): () => void {
  if (isRaw) process.stdin.setRawMode(true);
  process.stdin.pipe(keys);
  if (target) keys.pipe(target);
  else keys.resume();
  return () => {
    if (isRaw) process.stdin.setRawMode(false);
    process.stdin.unpipe(keys);
    process.stdin.pause();
  };
}

function passSignals(send: (signal: string) => Promise<unknown>): () => void {
  const handlers = PASSED_ON.map((signal) => {
    const handler = () => void send(signal).catch(() => undefined);
    process.on(signal, handler);
    return () => void process.off(signal, handler);
  });
  return () => {
    for (const release of handlers) release();
  };
}

function onceInterrupted(work: () => void): () => void {
  process.on('SIGINT', work);
  return () => void process.off('SIGINT', work);
}

function followSize(resize: (size: { h: number; w: number }) => Promise<unknown>): () => void {
  if (!process.stdout.isTTY) return () => undefined;
  const tell = () => {
    const { rows, columns } = process.stdout;
    resize({ h: rows, w: columns }).catch(() => undefined);
  };
  process.stdout.on('resize', tell);
  tell();
  return () => void process.stdout.off('resize', tell);
}
