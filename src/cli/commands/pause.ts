import { Command } from 'commander';
import { setPaused } from '../../stack/pause.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { namedStack } from '../named-stack.ts';
import { examples } from '../overview.ts';

export function pauseCommand(): Command {
  return new Command('pause')
    .description('hold services where they are: their processes get no time until `unpause`')
    .argument('[services...]', 'only these')
    .addHelpText('before', examples(['berth pause        everything', 'berth pause web    web alone']))
    .action(verb((context: CliContext, services: string[]) => set(context, services, true)));
}

export function unpauseCommand(): Command {
  return new Command('unpause')
    .description('let held services go on')
    .argument('[services...]', 'only these')
    .addHelpText(
      'before',
      examples(['berth unpause        everything that is held', 'berth unpause web    web alone']),
    )
    .action(verb((context: CliContext, services: string[]) => set(context, services, false)));
}

async function set(context: CliContext, services: string[], paused: boolean): Promise<undefined> {
  const { client, projectName } = await namedStack(context, services);
  const dryRun = context.globals.dryRun === true;
  const names = await setPaused(client, { projectName, services, paused, dryRun });
  if (dryRun) {
    for (const name of names) context.out.line(`would ${paused ? 'pause' : 'unpause'} ${name}`);
    return;
  }
  if (context.globals.progress === 'quiet') return;
  for (const name of names) context.err.line(` Container ${name} ${paused ? 'Paused' : 'Unpaused'}`);
}
