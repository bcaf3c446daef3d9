import type { EngineClient } from '../client/client.ts';
import type { Project } from '../model/compose.ts';
import { engineHands } from '../watch/hands.ts';
import { WatchSession } from '../watch/session.ts';
import type { WatchEvent } from '../watch/events.ts';
import type { Companion } from './attach.ts';
import type { CliContext } from './context.ts';
import { watchLines } from './output/watch-lines.ts';

export interface WatchFlags {
  readonly quiet?: boolean | undefined;
  /** Take images away that a rebuild has left without a name. */
  readonly prune?: boolean | undefined;
}

/**
 * A watch session that begins beside the logs. What is wrong with the rules is thrown at once.
 * @throws {UsageError} WATCH_NO_RULES, WATCH_NO_BUILD
 */
export function watching(about: {
  context: CliContext;
  client: EngineClient;
  project: Project;
  services: readonly string[];
  flags: WatchFlags;
}): Companion {
  const { context, client, project, services, flags } = about;
  const early: WatchEvent[] = [];
  let emit = (event: WatchEvent): void => void early.push(event);
  const { signal } = context;
  const hands = engineHands({ client, project, signal, prune: flags.prune });
  const session = new WatchSession({ project, services, hands, emit: (event) => emit(event) });
  return async (printer) => {
    emit = watchLines(printer, context.err, { quiet: flags.quiet ?? false });
    early.forEach(emit);
    await session.start();
    return () => session.close();
  };
}
