import { Command } from 'commander';
import { kill } from '../../stack/stop.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { namedStack } from '../named-stack.ts';
import { examples } from '../overview.ts';

export function killCommand(): Command {
  return new Command('kill')
    .description('send a signal to services, all together')
    .argument('[services...]', 'only these')
    .option('-s, --signal <signal>', 'which one', 'SIGKILL')
    .option('--remove-orphans', 'also containers whose service is not in the files')
    .option('--dry-run', 'name the containers, send nothing')
    .addHelpText(
      'before',
      examples([
        'berth kill               end everything at once',
        'berth kill -s HUP web    have web reload',
      ]),
    )
    .action(verb(send));
}

async function send(
  context: CliContext,
  services: string[],
  flags: { signal: string; removeOrphans?: boolean },
): Promise<undefined> {
  const stack = await namedStack(context, services);
  const { signal, removeOrphans = false } = flags;
  const options = { services, signal, withOrphans: removeOrphans, dryRun: context.globals.dryRun === true };
  const names = await kill(stack, options);
  if (options.dryRun) for (const name of names) context.out.line(`would send ${signal} to ${name}`);
  else if (context.globals.progress !== 'quiet')
    for (const name of names)
      context.err.line(` Container ${name} ${signal === 'SIGKILL' ? 'Killed' : `Sent ${signal}`}`);
}
