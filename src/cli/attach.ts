import type { EngineClient } from '../client/client.ts';
import type { Project } from '../model/compose.ts';
import type { ProgressEvent } from '../model/progress.ts';
import { ContainerEvents } from '../stack/container-events.ts';
import { logs } from '../stack/logs.ts';
import { ps } from '../stack/ps.ts';
import { kill, stop } from '../stack/stop.ts';
import type { CliContext } from './context.ts';
import { engineFor } from './engine.ts';
import { onInterruption } from './interruption.ts';
import { LogPrinter, type LogStyle } from './output/log-printer.ts';
import { plainLines } from './output/renderer.ts';

/** Begins when there is a printer; the result ends it. */
export type Companion = (printer: LogPrinter) => Promise<() => Promise<void>>;

/** What a person at the keys decides while the logs are shown. */
export interface Desk {
  readonly shows: (service: string) => boolean;
  /** Aborts when the person leaves and the services go on. */
  readonly leaving: AbortSignal;
  /** Whether an end of all containers ends nothing. */
  readonly stays: () => boolean;
}

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
  desk?: Desk | undefined;
  /** When none of these runs any more it is over, whatever goes on besides; empty: when nothing runs. */
  until?: readonly string[];
}): Promise<void> {
  const { context, client, projectName, services, startedAt, flags } = about;
  const printer = new LogPrinter(context, flags);
  const replicas = await ps(client, { projectName, services });
  printer.expect(replicas.map(({ service, number }) => `${service}-${number}`));
  const ends = new ContainerEvents(client, projectName);
  const enough = new AbortController();
  const told = (name: string, code: string | number) =>
    context.err.line(`${name} exited with code ${String(code)}`);
  await ends.listen(({ action, name, attributes }) => {
    const code = attributes['exitCode'];
    if (action === 'die' && code !== undefined) told(name, code);
    if (action === 'die') void endWith(about, enough);
  });
  for (const { name, exitCode } of await endedSince(about)) told(name, exitCode);
  await endWith(about, enough);
  const since = (startedAt / 1000).toFixed(3);
  const over = new AbortController();
  about.ending?.(ends).then(
    () => over.abort(),
    (error: unknown) => over.abort(error),
  );
  const asked = AbortSignal.any([context.signal, over.signal]);
  const stopped = afterInterruption(asked, about.stop, enough);
  const closeCompanion = await about.companion?.(printer);
  const stays = () => (about.desk ? about.desk.stays() : about.companion !== undefined);
  about.desk?.leaving.addEventListener('abort', () => enough.abort(), { once: true });
  const lines = logs(client, {
    projectName,
    services,
    follow: true,
    since,
    signal: enough.signal,
    patienceMs: () => (asked.aborted ? 0 : stays() ? Infinity : PATIENCE_MS),
    reconnect: () => engineFor(context),
  });
  for await (const line of lines) {
    const isShown = about.desk?.shows(line.service) ?? true;
    if (isShown && !about.silent?.includes(line.service)) printer.print(line, { apart: true });
  }
  await closeCompanion?.();
  await stopped();
  ends.close();
}

/** Those that ended before anybody listened. */
async function endedSince(about: {
  client: EngineClient;
  projectName: string;
  services: readonly string[];
  startedAt: number;
}): Promise<{ name: string; exitCode: number }[]> {
  const { client, projectName, services, startedAt } = about;
  const all = await ps(client, { projectName, services, all: true });
  const ended = all.filter(({ state, oneOff }) => state === 'exited' && !oneOff);
  const infos = await Promise.all(ended.map(({ id }) => client.getContainer(id).inspect()));
  const recent = infos.filter(({ State }) => Date.parse(State.FinishedAt) >= startedAt);
  return recent.map(({ Name, State }) => ({ name: Name.replace(/^\//, ''), exitCode: State.ExitCode }));
}

/** Ends the logs a little after the last of the services that they are for. */
async function endWith(
  about: { client: EngineClient; projectName: string; until?: readonly string[] },
  enough: AbortController,
): Promise<void> {
  const { client, projectName, until = [] } = about;
  if (until.length === 0) return;
  const running = await ps(client, { projectName, services: until });
  if (running.length === 0) setTimeout(() => enough.abort(), LAST_WORDS_MS / 2);
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
  let killing: Promise<unknown> | undefined;
  const tell = context.globals.progress === 'quiet' ? () => undefined : plainLines(context, undefined);
  const stack = {
    client,
    project,
    projectName: project.name,
    emit: (event: ProgressEvent) => {
      // Why something took its whole time to stop is no news to whoever has had it killed.
      if (!killing || event.type !== 'note') tell(event);
    },
    signal: new AbortController().signal,
  };
  const leave = onInterruption(() => {
    err.line('killing');
    killing ??= kill(stack, { services });
  });
  const { changes } = await stop(stack, { services, timeoutSeconds });
  for (const { resource, verdict } of changes)
    if (verdict === 'unchanged') err.line(` Container ${resource.name} Stopped`);
  await killing;
  leave();
}
