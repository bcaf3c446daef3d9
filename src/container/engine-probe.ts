import { connectedSocket } from '../host/connected-socket.ts';
import type { ProbeOutcome } from './health.ts';
import { readLog } from './logs.ts';

/** Where a probe looks that the engine makes itself: nothing in the image has a part in it. */
export interface ProbedContainer {
  /** Its network namespace; undefined: the engine's own. */
  readonly netns: string | undefined;
  /** Its own addresses, for what does not listen on loopback. */
  readonly addresses: readonly string[];
  readonly logPath: string;
  /** When the run before this one ended, in nanoseconds since 1970: older log lines do not count. */
  readonly afterNs: bigint;
}

/** Kinds of a health check's test, besides Docker's CMD and CMD-SHELL. */
export const ENGINE_PROBES = ['TCP', 'HTTP', 'LOG'];

/**
 * Makes a probe of the kind TCP (port), HTTP (port, path, status or nothing) or LOG (regular expression). A log is
 * waited on until it has the line, for as long as the signal allows.
 */
export async function probeByEngine(
  [kind, ...words]: readonly string[],
  container: ProbedContainer,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const [first = '', path = '/', status = ''] = words;
  try {
    if (kind === 'LOG') return await probeLog(first, container, signal);
    const port = Number(first);
    if (kind === 'TCP') return await probeTcp(port, container, signal);
    return await probeHttp({ port, path, status }, container, signal);
  } catch (error) {
    return { exitCode: 1, output: error instanceof Error ? error.message : String(error) };
  }
}

async function probeTcp(
  port: number,
  container: ProbedContainer,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const socket = await reach(port, container, signal);
  socket.destroy();
  return { exitCode: 0, output: `port ${port} takes connections` };
}

/** An answer is well with the status asked for, else with any that is no error. */
async function probeHttp(
  { port, path, status }: { port: number; path: string; status: string },
  container: ProbedContainer,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const socket = await reach(port, container, signal);
  const lines = ['GET ' + path + ' HTTP/1.1', 'Host: localhost', 'User-Agent: berth', 'Accept: */*'];
  socket.write([...lines, 'Connection: close', '', ''].join('\r\n'));
  let answer = '';
  try {
    for await (const chunk of socket) {
      answer += String(chunk);
      if (answer.includes('\n') || answer.length > STATUS_LINE_MAX) break;
    }
  } finally {
    socket.destroy();
  }
  const line = answer.split(/\r?\n/)[0] ?? '';
  const code = /^HTTP\/\d(?:\.\d)? (\d{3})/.exec(line)?.[1];
  if (code === undefined) return { exitCode: 1, output: `port ${port} does not answer with HTTP` };
  const isWell = status === '' ? code >= '200' && code < '400' : code === status;
  return { exitCode: isWell ? 0 : 1, output: `${line} for ${path} on port ${port}` };
}

async function probeLog(
  pattern: string,
  { logPath, afterNs }: ProbedContainer,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const wanted = new RegExp(pattern);
  const about = { path: logPath, stdout: true, stderr: true, follow: true, sinceNs: afterNs, signal };
  for await (const { data } of readLog(about)) {
    const text = data.toString('utf8').trimEnd();
    if (wanted.test(text)) return { exitCode: 0, output: text };
  }
  return { exitCode: 1, output: `no line yet with ${pattern}` };
}

/** On loopback as a program in the container would, on its addresses where nobody listens there. */
async function reach(port: number, { netns, addresses }: ProbedContainer, signal: AbortSignal) {
  let failure: unknown;
  for (const address of ['127.0.0.1', '::1', ...addresses]) {
    try {
      return await connectedSocket({ netns, address, port }, signal);
    } catch (error) {
      failure ??= error;
      if (signal.aborted) break;
    }
  }
  throw new Error(`port ${port}: ${wordsFor(failure)}`, { cause: failure });
}

function wordsFor(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ECONNREFUSED') return 'nobody listens';
  return error instanceof Error ? error.message : String(error);
}

const STATUS_LINE_MAX = 4096;
