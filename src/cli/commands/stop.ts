import { Command } from 'commander';
import { carryOutTeardown } from '../../stack/down.ts';
import { planForStop } from '../../stack/stop.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { namedStack, runOrShow } from '../named-stack.ts';
import { examples } from '../overview.ts';
import { wholeNumber } from '../values.ts';

export function stopCommand(): Command {
  return new Command('stop')
    .description('stop services, dependents first; their containers stay')
    .argument('[services...]', 'only these')
    .option('-t, --timeout <seconds>', 'before the stop becomes a kill', wholeNumber)
    .option('--dry-run', 'show what would be done, change nothing')
    .addHelpText(
      'before',
      examples(['berth stop             everything', 'berth stop -t 2 web    web, killed after two seconds']),
    )
    .action(verb(stop));
}

async function stop(
  context: CliContext,
  services: string[],
  flags: { timeout?: number },
): Promise<undefined> {
  const stack = await namedStack(context, services);
  const plan = await planForStop(stack, { services, timeoutSeconds: flags.timeout });
  const nothingToDo = `project ${stack.projectName} has no containers to stop`;
  await runOrShow(context, { stack, plan, nothingToDo, carryOut: carryOutTeardown });
}
