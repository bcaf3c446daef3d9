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
    .addHelpText(
      'before',
      examples([
        'berth kill               end everything at once',
        'berth kill -s HUP web    have web reload',
      ]),
    )
    .action(verb(send));
}

async function send(context: CliContext, services: string[], flags: { signal: string }): Promise<undefined> {
  const stack = await namedStack(context, services);
  await kill(stack, { services, signal: flags.signal });
}
