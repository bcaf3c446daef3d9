import type { EngineClient } from '../client/client.ts';
import type { Project } from '../model/compose.ts';
import { ContainerEvents } from '../stack/container-events.ts';
import { logs } from '../stack/logs.ts';
import { ps } from '../stack/ps.ts';
import { kill, stop } from '../stack/stop.ts';
import type { CliContext } from './context.ts';
import { engineFor } from './engine.ts';
import { onInterruption } from './interruption.ts';
import { LogPrinter, type LogStyle } from './output/log-printer.ts';

/** Begins when there is a printer; the result ends it. */
export type Companion = (printer: LogPrinter) => Promise<() => Promise<void>>;

/**
 * Shows what the services say from a moment on, until none runs any more. When the person interrupts, `stop` is
 * called, and what the services say at their end is shown too.
 */
export async function attach(about: {
  context: CliContext;
  client: EngineClient;
  projectName: string;
  services: readonly string[];
  /** Milliseconds since 1970. */
  startedAt: number;
  flags: LogStyle;
  stop: () => Promise<unknown>;
  /** Services whose lines are not shown. */
  silent?: readonly string[];
  /** Resolves when the stack is to be stopped, as if the person had interrupted. */
  ending?: ((events: ContainerEvents) => Promise<unknown>) | undefined;
  /** What goes on beside the logs, and is closed with them. While it does, an end of all containers ends nothing. */
  companion?: Companion | undefined;
}): Promise<void> {
  const { context, client, projectName, services, startedAt, flags } = about;
  const printer = new LogPrinter(context, flags);
  const replicas = await ps(client, { projectName, services });
  printer.expect(replicas.map(({ service, number }) => `${service}-${number}`));
  const ends = new ContainerEvents(client, projectName);
  await ends.listen(({ action, name, attributes }) => {
    const code = attributes['exitCode'];
    if (action === 'die' && code !== undefined) context.err.line(`${name} exited with code ${code}`);
  });
  const since = (startedAt / 1000).toFixed(3);
  const enough = new AbortController();
  const over = new AbortController();
  about.ending?.(ends).then(
    () => over.abort(),
    (error: unknown) => over.abort(error),
  );
  const asked = AbortSignal.any([context.signal, over.signal]);
  const stopped = afterInterruption(asked, about.stop, enough);
  const closeCompanion = await about.companion?.(printer);
  const lines = logs(client, {
    projectName,
    services,
    follow: true,
    since,
    signal: enough.signal,
    patienceMs: () => (asked.aborted ? 0 : about.companion ? Infinity : PATIENCE_MS),
    reconnect: () => engineFor(context),
  });
  for await (const line of lines) if (!about.silent?.includes(line.service)) printer.print(line);
  await closeCompanion?.();
  await stopped();
  ends.close();
}

/** Who restarts or recreates a service from elsewhere has started it again by then. */
const PATIENCE_MS = 3000;

/** How long the last lines may take once everything has stopped. */
const LAST_WORDS_MS = 1000;

/** Calls `stop` when the signal aborts, and `enough` a little later. The result waits for a stop under way. */
function afterInterruption(
  signal: AbortSignal,
  stop: () => Promise<unknown>,
  enough: AbortController,
): () => Promise<void> {
  let stopping: Promise<unknown> = Promise.resolve();
  const begin = () => {
    stopping = stop().finally(() => setTimeout(() => enough.abort(), LAST_WORDS_MS).unref());
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return async () => {
    await stopping;
  };
}

/** The first Ctrl-C stops what was started, dependents first; a second one kills. */
export async function stopGracefully(about: {
  context: CliContext;
  client: EngineClient;
  project: Project;
  services: readonly string[];
  timeoutSeconds?: number | undefined;
}): Promise<void> {
  const { context, client, project, services, timeoutSeconds } = about;
  const { err } = context;
  err.line('');
  err.line('stopping; Ctrl-C again to kill');
  const stack = {
    client,
    project,
    projectName: project.name,
    emit: () => undefined,
    signal: new AbortController().signal,
  };
  let killing: Promise<void> | undefined;
  const leave = onInterruption(() => {
    err.line('killing');
    killing ??= kill(stack, { services });
  });
  await stop(stack, { services, timeoutSeconds });
  await killing;
  leave();
}
