import type { EngineClient } from '../../client/client.ts';
import type { Project } from '../../model/compose.ts';
import { findReplica } from '../../stack/exec.ts';
import { ps } from '../../stack/ps.ts';
import { carryOutStarts, planForRestart } from '../../stack/start.ts';
import type { Companion, Desk } from '../attach.ts';
import type { CliContext } from '../context.ts';
import { DEFAULT_DETACH_KEYS } from '../detach-keys.ts';
import { withoutInterruption } from '../interruption.ts';
import { joinContainer } from '../join-container.ts';
import { linkLines } from '../output/links.ts';
import { milliseconds } from '../output/renderer.ts';
import type { LogPrinter } from '../output/log-printer.ts';
import { watching } from '../watching.ts';
import { Menu, type MenuHands } from './menu.ts';

export interface UpMenu {
  /** With a place for lines above the menu. */
  readonly context: CliContext;
  readonly companion: Companion;
  readonly desk: Desk;
  /** Whether the person has left, with the services running. */
  readonly isDetached: () => boolean;
}

interface About {
  readonly context: CliContext;
  readonly client: EngineClient;
  readonly project: Project;
  readonly services: readonly string[];
}

/** Whether a person sits there: keys come from a terminal, and both streams go to it. */
export function canHaveMenu({ out, err, globals }: CliContext): boolean {
  return process.stdin.isTTY && out.isTty && err.isTty && globals.ansi !== 'never';
}

/** The keys below the logs of `up`, and what they do. */
export function upMenu(about: About, watchFirst: Companion | undefined): UpMenu {
  const menu = new Menu(about.context);
  const { signal, globals } = about.context;
  const { screen } = menu;
  const context = {
    globals,
    signal,
    out: screen.above(about.context.out),
    err: screen.above(about.context.err),
  };
  const leaving = new AbortController();
  let unwatch: (() => Promise<void>) | undefined;
  const companion: Companion = async (printer) => {
    unwatch = await watchFirst?.(printer);
    const toggleWatch = async () => {
      const running = unwatch;
      unwatch = undefined;
      await running?.();
      if (running) printer.remark('watch', 'over');
      else unwatch = await watching({ ...about, context, flags: {} })(printer);
      return unwatch !== undefined;
    };
    const close = () => menu.close();
    signal.addEventListener('abort', close, { once: true });
    const quit = () => void process.kill(process.pid, 'SIGINT');
    const detach = () => leaving.abort();
    const hands = { ...handsFor({ ...about, context }, printer), toggleWatch, detach, quit };
    menu.open(hands, { isWatching: unwatch !== undefined });
    return async () => {
      signal.removeEventListener('abort', close);
      close();
      await unwatch?.();
    };
  };
  const desk = {
    shows: (service: string) => menu.shows(service),
    leaving: leaving.signal,
    stays: () => unwatch !== undefined,
  };
  return { context, companion, desk, isDetached: () => leaving.signal.aborted };
}

function handsFor(
  { context, client, project, services }: About,
  printer: LogPrinter,
): Pick<MenuHands, 'services' | 'attach' | 'restart' | 'links'> {
  const { name: projectName } = project;
  const stack = { client, project, projectName, emit: () => undefined, signal: context.signal };
  return {
    services: services.length > 0 ? services : Object.keys(project.model.services),
    attach: (service) => attachTo(client, { projectName, service }),
    restart: async (service) => {
      const startedAt = performance.now();
      printer.remark('menu', `… restart ${service}`);
      await carryOutStarts(stack, await planForRestart(stack, { services: [service] }));
      const time = context.err.colours.faint(milliseconds(performance.now() - startedAt));
      printer.remark('menu', `${context.err.colours.good('✔')} restart ${service}${time}`);
    },
    links: async () => {
      const lines = linkLines(await ps(client, { projectName }), context.err);
      if (lines.length === 0) context.err.line('no service publishes a port');
      for (const line of lines) context.err.line(line);
    },
  };
}

/** Without a terminal in the container, Ctrl-C is what leaves it. */
async function attachTo(
  client: EngineClient,
  { projectName, service }: { projectName: string; service: string },
): Promise<void> {
  const { id, name } = await findReplica(client, { projectName, service });
  const { Config } = await client.getContainer(id).inspect();
  const keys = Config.Tty ? 'ctrl-p ctrl-q' : 'ctrl-c';
  process.stderr.write(`attached to ${name}; ${keys} comes back here\n`);
  const over = withoutInterruption();
  try {
    await joinContainer(client, {
      id,
      stdin: true,
      signals: false,
      detachKeys: DEFAULT_DETACH_KEYS,
      interruptDetaches: !Config.Tty,
    });
  } finally {
    over();
  }
  process.stderr.write('\n');
}
