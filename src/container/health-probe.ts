import type { ContainerRecord } from '../model/container.ts';
import type { ContainerDriver } from './driver.ts';
import type { ProbeOutcome } from './health.ts';

const OUTPUT_BYTES_MAX = 4096;

/** Runs a health command in a container, as its own user, and kills it when the signal aborts. */
export async function probeInContainer(
  { driver, container }: { readonly driver: ContainerDriver; readonly container: ContainerRecord },
  argv: readonly string[],
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const session = await driver.exec({
    container,
    spec: {
      argv,
      env: [],
      user: '',
      workingDir: '',
      tty: false,
      attachStdin: false,
      attachStdout: true,
      attachStderr: true,
      privileged: false,
    },
  });
  const end = (): void => session.kill('SIGKILL');
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  const output = collectOutput([session.stdout, session.stderr]);
  const exitCode = await session.exit.finally(() => signal.removeEventListener('abort', end));
  return { exitCode, output: output() };
}

/** Both streams together, in the order of arrival; what is too much is read and dropped. */
function collectOutput(streams: readonly (NodeJS.ReadableStream | undefined)[]): () => string {
  const parts: Buffer[] = [];
  let bytes = 0;
  for (const stream of streams)
    stream?.on('data', (data: Buffer) => {
      if (bytes < OUTPUT_BYTES_MAX) parts.push(data);
      bytes += data.length;
    });
  return () => Buffer.concat(parts).subarray(0, OUTPUT_BYTES_MAX).toString('utf8');
}
