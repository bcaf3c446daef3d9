import type Dockerode from 'dockerode';
import type { HookModel, Project } from '../model/compose.ts';
import { BerthError, ServiceError } from '../model/errors.ts';
import type { ProgressEvent } from '../model/progress.ts';
import { environmentTexts } from './create-body.ts';
import { statusOf, type ByteStream, type EngineClientLike } from './engine-client.ts';
import { hookFailed, hookNotRun } from './errors.ts';
import { FrameParser, LineCutter } from './frames.ts';
import { handOver } from './hand-over.ts';
import { defined } from './values.ts';

interface HookContext {
  readonly client: EngineClientLike;
  readonly project?: Project | undefined;
  readonly emit: (event: ProgressEvent) => void;
  readonly signal: AbortSignal;
}

interface Hook {
  readonly service: string;
  readonly hook: string;
  readonly index: number;
}

/** As many of a hook's last lines as its failure shows. */
const linesMax = 20;

/**
 * Runs a container to its end, and takes it away again, however it went. What it says is told as it comes.
 * @throws {ServiceError} HOOK_FAILED
 */
export async function runInitContainer(
  context: HookContext,
  hook: Hook & { body: Dockerode.ContainerCreateOptions },
): Promise<string> {
  const { client, signal } = context;
  const container = client.getContainer(hook.body.name ?? '');
  const remove = () =>
    container.remove({ force: true, v: true }).catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error;
    });
  return translated(hook, async () => {
    await remove();
    try {
      const { id } = await client.createContainer(hook.body);
      await handOver(context, { service: hook.service, container: id, when: 'made' });
      await container.start();
      const output = await container.logs({ stdout: true, stderr: true, follow: true, abortSignal: signal });
      const logTail = await tell(context, hook, output);
      signal.throwIfAborted();
      const { StatusCode: exitCode } = await container.wait({
        condition: 'not-running',
        abortSignal: signal,
      });
      return finished(hook, exitCode, logTail);
    } finally {
      await remove();
    }
  });
}

/**
 * Runs a command in a running container.
 * @throws {ServiceError} HOOK_FAILED
 */
export async function execHook(
  context: HookContext,
  hook: Hook & { name: string; definition: HookModel },
): Promise<string> {
  const { command, user, privileged, working_dir: workingDir, environment } = hook.definition;
  return translated(hook, async () => {
    const handle = await context.client.getContainer(hook.name).exec(
      defined({
        AttachStdout: true,
        AttachStderr: true,
        Cmd: [...(command ?? [])],
        Env: environment && environmentTexts(environment),
        User: user,
        WorkingDir: workingDir,
        Privileged: privileged,
      }),
    );
    const output = await handle.start({ hijack: true, stdin: false, Detach: false, Tty: false });
    const logTail = await tell(context, hook, output as unknown as ByteStream);
    context.signal.throwIfAborted();
    return finished(hook, (await handle.inspect()).ExitCode ?? 0, logTail);
  });
}

function finished(hook: Hook, exitCode: number, logTail: readonly string[]): string {
  if (exitCode !== 0) throw hookFailed({ ...hook, exitCode, logTail });
  return `${hook.hook}[${hook.index}] done`;
}

/** Whatever keeps a hook from running is the hook's failure: the service stays as it is. */
async function translated<T>(hook: Hook, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BerthError) || error instanceof ServiceError) throw error;
    throw hookNotRun(hook, error);
  }
}

/** Tells what a hook says, line by line. Resolves with the last lines. */
async function tell(context: HookContext, hook: Hook, output: ByteStream): Promise<string[]> {
  const parser = new FrameParser();
  const cutters = { stdout: new LineCutter(), stderr: new LineCutter() };
  const tail: string[] = [];
  const from = `${hook.service} ${hook.hook}[${hook.index}]`;
  const line = (stream: 'stdout' | 'stderr') => (text: string) => {
    tail.push(text);
    if (tail.length > linesMax) tail.shift();
    context.emit({ type: 'output', from, stream, text });
  };
  const leave = () => void output.destroy();
  context.signal.addEventListener('abort', leave, { once: true });
  try {
    for await (const chunk of output) {
      for (const { stream, data } of parser.push(Buffer.from(chunk)))
        cutters[stream].push(data).forEach(line(stream));
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
  } finally {
    context.signal.removeEventListener('abort', leave);
  }
  for (const stream of ['stdout', 'stderr'] as const) cutters[stream].end().forEach(line(stream));
  return tail;
}
